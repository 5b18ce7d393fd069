from __future__ import annotations

from typing import Any

import pytest
from openai import AsyncOpenAI

from benchmarks.dialog_folder import Turn
from benchmarks.model_stubs import (
    MODELS,
    ODD_REFUSALS,
    REFUSALS,
    ModelStub,
    one_off,
    serving,
    standalone,
)
from benchmarks.reply_counts import COUNTS
from tests.unit.benchmarks.test_dialog_prompts import TAGGED

TURN = Turn(
    session="d01", number="1", client="acme", question="When?", kind="fact", expect=["30 days"]
)
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": TAGGED}]


def _reply(model: str, turn: Turn = TURN) -> str:
    return ModelStub(model, [turn]).reply(MESSAGES)


def test_the_oracle_writes_the_fact_where_it_was_sent() -> None:
    assert _reply("oracle") == "Paid in 30 days [1]."


def test_the_oracle_refuses_in_its_own_words_where_the_fact_was_not_sent() -> None:
    turn = Turn(session="d01", number="1", client="a", question="When?", kind="fact", expect=["9"])

    assert _reply("oracle", turn) in REFUSALS


def test_the_liar_is_one_off() -> None:
    assert _reply("liar") == "Paid in 31 days [1]."


def test_the_overciter_cites_a_passage_that_never_was() -> None:
    assert _reply("overciter") == "Paid in 30 days [1][2][3][9]."


def test_the_fencebreaker_closes_the_fence_that_it_saw() -> None:
    assert "</passage ab>" in _reply("fencebreaker")


def test_the_odd_refuser_has_forty_wordings() -> None:
    assert len(set(ODD_REFUSALS)) == 40


def test_every_bad_model_has_its_counts() -> None:
    assert set(COUNTS) == set(MODELS) - {"oracle"}


def test_the_log_tells_whether_the_fact_was_sent() -> None:
    stub = ModelStub("oracle", [TURN])

    stub.reply(MESSAGES)

    assert [(entry.turn, entry.fact, entry.passages) for entry in stub.log] == [("d01.1", True, 2)]


@pytest.mark.parametrize(
    ("number", "changed"), [("9", "10"), ("2.5", "2.6"), ("1,290", "1,291"), ("1,999", "1,998")]
)
def test_a_number_one_off_keeps_its_form(number: str, changed: str) -> None:
    assert one_off(number) == changed


@pytest.mark.parametrize(
    ("question", "earlier", "rewritten"),
    [
        (
            "Is it in stock?",
            ["What does the Skagen Pro cost?"],
            "Is it in stock? (Skagen Pro; cost)",
        ),
        ("Oh, I meant HC-7050.", ["How much is HC-9900?"], "How much is HC-7050?"),
        ("When are salaries paid here?", ["Who is Jane?"], "When are salaries paid here?"),
        ("Is it in stock?", [], "Is it in stock?"),
    ],
)
def test_a_follow_up_takes_along_what_it_leans_on(
    question: str, earlier: list[str], rewritten: str
) -> None:
    assert standalone(question, earlier) == rewritten


async def test_the_official_client_is_answered_whole_and_in_pieces() -> None:
    stub = ModelStub("oracle", [TURN])

    asked: list[Any] = MESSAGES
    with serving(stub) as server:
        async with AsyncOpenAI(base_url=server.url, api_key="k") as client:
            models = await client.models.list()
            whole = await client.chat.completions.create(model="oracle", messages=asked)
            stream = await client.chat.completions.create(
                model="oracle", messages=asked, stream=True
            )
            pieces = [chunk async for chunk in stream]

    said = "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)
    assert [model.id for model in models.data] == ["oracle"]
    assert said == whole.choices[0].message.content == "Paid in 30 days [1]."
    assert pieces[-1].usage is not None
