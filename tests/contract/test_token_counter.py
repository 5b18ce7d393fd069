"""What every `TokenCounter` must do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ragtenancy.adapters.minilm.model_files import embedded_model
from ragtenancy.adapters.minilm.token_counters import MiniLmTokenCounter
from ragtenancy.ports.token_counters import TokenCounter
from tests.contract.backends import Backend, Tier, params
from tests.scripted.token_counters import ScriptedTokenCounter


@asynccontextmanager
async def scripted(_folder: Path) -> AsyncIterator[TokenCounter]:
    yield ScriptedTokenCounter()


@asynccontextmanager
async def minilm(_folder: Path) -> AsyncIterator[TokenCounter]:
    yield MiniLmTokenCounter(embedded_model())


BACKENDS = params(
    Backend(name="scripted", tier=Tier.FAKE, adapter=ScriptedTokenCounter, open=scripted),
    Backend(name="minilm", tier=Tier.EMBEDDED, adapter=MiniLmTokenCounter, open=minilm),
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)

TEXT = "Refunds are paid within thirty days"


@pytest.fixture
async def counter(backend: Backend[TokenCounter], tmp_path: Path) -> AsyncIterator[TokenCounter]:
    async with backend.open(tmp_path) as opened:
        yield opened


def test_plain_words_count_one_each(counter: TokenCounter) -> None:
    assert list(counter.count([TEXT, "", "paid"])) in ([6, 0, 1], [7, 0, 1])


def test_texts_are_never_cut(counter: TokenCounter) -> None:
    assert counter.count(["word " * 1_000]) == [1_000]


def test_texts_parted_by_space_count_as_the_sum_of_them(counter: TokenCounter) -> None:
    first, second, both = counter.count([f"{TEXT} ", "More words here", f"{TEXT} More words here"])

    assert first + second == both


@pytest.mark.parametrize("space", [" ", "\n", "\t", "\r\n"])
@pytest.mark.parametrize("text", ["naïve, ERR-4021.", "東京は", "ΟΔΟΣ", "[SEP]", "\x85a\u200b"])
def test_counts_add_up_where_the_counter_says_so(
    counter: TokenCounter, text: str, space: str
) -> None:
    whole, first, second = counter.count([f"{TEXT}{space}{text}", f"{TEXT}{space}", text])

    assert not counter.adds_up or whole == first + second
