"""What servers of OpenAI's protocol do not agree on, learned from their refusals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

Reply = TypeVar("Reply")
Options = dict[str, Any]
REFUSED = frozenset({400, 422})


class Dialect:
    """The options that one model does not take under their first name, once it said so.

    Newer models call `max_tokens` `max_completion_tokens`; some servers refuse `stream_options`,
    and say no usage then. What a tenant set is never left out.
    """

    def __init__(self) -> None:
        self._renamed: set[str] = set()

    async def __call__(self, call: Callable[..., Awaitable[Reply]], **options: Any) -> Reply:  # noqa: ANN401 - the SDK's
        """Return the reply to a call; a refusal of an option that can be said otherwise is met."""
        import openai

        for _ in ALTERNATIVES:
            known = frozenset(self._renamed)
            try:
                return await call(**self._said(options))
            except openai.APIStatusError as error:
                if not self._learned(error, options, known):
                    raise
        return await call(**self._said(options))

    def _said(self, options: Options) -> Options:
        for name in self._renamed & options.keys():
            options = ALTERNATIVES[name](options)
        return options

    def _learned(
        self,
        error: Any,  # noqa: ANN401 - the SDK's
        options: Options,
        known: frozenset[str],
    ) -> bool:
        """Keep which option the refusal names; false if it names none that was said."""
        if error.status_code not in REFUSED:
            return False
        told = f"{error.param} {error.message}"
        named = {name for name in ALTERNATIVES if name in told and name in options}
        self._renamed |= named
        return bool(named - known)


def _completion_tokens(options: Options) -> Options:
    rest = {name: value for name, value in options.items() if name != "max_tokens"}
    return {**rest, "max_completion_tokens": options["max_tokens"]}


def _no_stream_options(options: Options) -> Options:
    return {name: value for name, value in options.items() if name != "stream_options"}


ALTERNATIVES: dict[str, Callable[[Options], Options]] = {
    "max_tokens": _completion_tokens,
    "stream_options": _no_stream_options,
}
