"""Differences between servers of OpenAI's API, learned from their errors."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from ragtenancy.adapters.openai.errors import told

if TYPE_CHECKING:
    import openai

Reply = TypeVar("Reply")

REFUSED = frozenset({400, 422})
RENAMED = {"max_tokens": "max_completion_tokens"}
NEEDED = frozenset({"model", "messages", "stream"})
CODES = frozenset({"unsupported_parameter", "unsupported_value", "unknown_parameter"})
WORDS = re.compile(
    r"unsupported|n[o']t (?:be )?(?:support|permit|allow|recogni[sz])|unrecogni[sz]ed|unknown"
    r"|unexpected|deprecated|only (?:the default|be set|\S+ is allowed)",
    re.IGNORECASE,
)


class Dialect:
    """The parameters that one model rejected by name; they are omitted from then on.

    Newer models call `max_tokens` `max_completion_tokens`; reasoning models accept no temperature;
    some servers accept no `stream_options`, and then report no usage. A value out of range does not
    count: it is one client's fault, and others keep theirs.
    """

    def __init__(self) -> None:
        self._refused: set[str] = set()

    async def __call__(self, call: Callable[..., Awaitable[Reply]], **parameters: Any) -> Reply:  # noqa: ANN401 - the SDK's
        """Return the reply to a call, retrying as long as an error reveals a new difference."""
        import openai

        while True:
            sent = self._taken(parameters)
            try:
                return await call(**sent)
            except openai.APIStatusError as error:
                self._refused |= _refused(error, sent)
                if self._taken(parameters).keys() == sent.keys():
                    raise

    def ignored(self, names: Iterable[str]) -> list[str]:
        """Return which of these parameters are omitted, under any name."""
        return [name for name in names if not self._taken({name: None})]

    def _taken(self, parameters: Mapping[str, object]) -> dict[str, object]:
        """Return the parameters that the model accepts, under its names."""
        called = {
            RENAMED.get(name, name) if name in self._refused else name: value
            for name, value in parameters.items()
        }
        return {name: value for name, value in called.items() if name not in self._refused}


def _refused(error: openai.APIStatusError, sent: Iterable[str]) -> set[str]:
    """Return the request's parameters that an error reports as unsupported."""
    if error.status_code not in REFUSED:
        return set()
    said = told(error)
    if error.code not in CODES and not WORDS.search(said):
        return set()
    named = error.param or said
    return {name for name in set(sent) - NEEDED if re.search(rf"\b{name}\b", named)}
