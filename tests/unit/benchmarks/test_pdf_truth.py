from __future__ import annotations

from bench_pdf import judged
from pdf_readers import Reading
from pdf_truth import Prose, Table, Truth, documents

TABLE = Table(rows=[["Item", "Price"], ["Rope 1", "12 EUR"], ["Jib 2", ""]], is_ruled=True)
TRUTH = Truth(name="a", columns=1, blocks=[Prose(text="One two three."), TABLE])


def test_a_seed_gives_the_same_documents() -> None:
    assert list(documents(7)) == list(documents(7))
    assert list(documents(7)) != list(documents(8))


def test_a_whole_reading_is_right() -> None:
    reading = Reading(text=TRUTH.words, lines=["Item: Rope 1; Price: 12 EUR"])

    score = judged(TRUTH, reading, 1.0)

    assert (score.recall, score.precision, score.order, score.ruled) == (1.0, 1.0, 1.0, 1.0)
    assert score.unruled is None


def test_a_value_under_another_name_is_wrong() -> None:
    reading = Reading(text=TRUTH.words, tables=[[["Price", "Item"], ["Rope 1", "12 EUR"]]])

    assert judged(TRUTH, reading, 1.0).ruled == 0.0


def test_words_out_of_order_cost_pairs() -> None:
    reading = Reading(text=TRUTH.words.replace("One two three.", "Two one three."))

    score = judged(TRUTH, reading, 1.0)

    assert score.recall == 1.0
    assert score.order == 0.0
