"""Differences between servers and models of OpenAI's API, learned from their errors."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from ragtenancy.adapters.openai.errors import too_long
from ragtenancy.adapters.openai.refusals import Said, said_by
from ragtenancy.domain.tenant_config import ReasoningEffort, Verbosity

if TYPE_CHECKING:
    pass

Reply = TypeVar("Reply")

REMEMBERED = 3_600.0  # seconds
ATTEMPTS = 12
PATIENT = (
    180.0  # seconds of silence while a model reasons, or writes an answer that is not streamed
)
REFUSED = frozenset({400, 422})
RENAMED = {"max_tokens": "max_completion_tokens"}
LIMITS = frozenset({*RENAMED, *RENAMED.values()})
NEEDED = frozenset({"model", "messages", "input", "stream", "timeout"})
CODES = frozenset({"unsupported_parameter", "unsupported_value", "unknown_parameter"})
WORDS = re.compile(
    r"unsupported|n[o']t (?:be )?(?:support|permit|allow|recogni[sz])|unrecogni[sz]ed|unknown"
    r"|unexpected|deprecated|only (?:the default|be set|\S+ is allowed)",
    re.IGNORECASE,
)
UNSTREAMED = re.compile(
    r"verified to stream|'stream' does not support|not support stream", re.IGNORECASE
)
LEVELS: Mapping[str, tuple[str, ...]] = {
    "reasoning_effort": get_args(ReasoningEffort),
    "verbosity": get_args(Verbosity),
}
"""The levels of a parameter in order: a refused one is replaced by the nearest supported one."""
SUPPORTED = re.compile(
    r"(?:supported values(?: are)?|should be|must be one of|expected one of|choose from)\W+(.+)",
    re.IGNORECASE | re.DOTALL,
)
AT_MOST = re.compile(r"at most (\d+)|\[\d+, ?(\d+)\]", re.IGNORECASE)
ALLOWANCES = {"none": 0, "minimal": 4_000, "low": 8_000, "medium": 25_000}
MOST_ALLOWED = 50_000
UNUSED = 2_000  # tokens; a smaller allowance is not worth another attempt


class Dialect:
    """The parameters and values that one model or deployment refused, for a limited time.

    What it refuses by name is left out; `max_tokens` is first renamed to `max_completion_tokens`,
    and a refused level of reasoning effort or verbosity is replaced by the nearest supported one.
    A value out of range does not count: it is one client's fault, and others keep theirs.

    The limit of a model that reasons is raised by an allowance, so that its reasoning is not taken
    from the answer's tokens: OpenAI's guide recommends 25,000 to begin with.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._refused: dict[str, float] = {}
        self._replaced: dict[tuple[str, str], tuple[str, float]] = {}
        self._ceiling: tuple[int, float] | None = None
        self._reasons = False

    async def __call__(self, call: Callable[..., Awaitable[Reply]], **parameters: Any) -> Reply:  # noqa: ANN401 - the SDK's
        """Return the reply to a call, retrying as long as an error reveals a new difference."""
        import openai

        most = MOST_ALLOWED
        for _ in range(ATTEMPTS):
            sent = self._taken(parameters, most)
            try:
                return await call(**sent)
            except openai.APIStatusError as error:
                said = said_by(error)
                if error.status_code in REFUSED:
                    most = self._most_allowed(said, sent, parameters, most)
                    self._learn(said, sent)
                if self._taken(parameters, most) == sent:
                    raise
        return await call(**self._taken(parameters, most))

    def departures(self, chosen: Mapping[str, object]) -> list[str]:
        """Return what became of a client's parameters: `…_ignored` or `…_adjusted`."""
        found = []
        for name, value in chosen.items():
            if self._name(name) is None:
                found.append(f"{name}_ignored")
            elif self._value(name, value) != value:
                found.append(f"{name}_adjusted")
        return found

    def hear(self, reply: Any) -> None:  # noqa: ANN401 - the SDK's types
        """Note whether the model reasons, from a reply or a piece of one.

        Its usage says so, or text beside the answer: vLLM's, DeepSeek's and Ollama's.
        """
        details = getattr(reply.usage, "completion_tokens_details", None)
        if getattr(details, "reasoning_tokens", None) or any(map(_thinks, reply.choices or ())):
            self._reasons = True

    def hear_silence(self) -> None:
        """Note that the model used up its tokens without a word, hence reasons."""
        self._reasons = True

    def allowance(self, parameters: Mapping[str, object]) -> int:
        """Return the tokens reserved for reasoning; 0 for a model that is not known to reason."""
        effort = parameters.get("reasoning_effort")
        asked = effort is not None and self._name("reasoning_effort") is not None
        if not (self._reasons or asked):
            return 0
        level = str(self._value("reasoning_effort", effort)) if asked else "medium"
        return ALLOWANCES.get(level, MOST_ALLOWED)

    def _taken(self, parameters: Mapping[str, object], most: int) -> dict[str, Any]:
        """Return the parameters that the model accepts, under its names."""
        allowance = min(most, self.allowance(parameters))
        taken: dict[str, Any] = {}
        for name, value in parameters.items():
            called = self._name(name)
            if called is not None:
                taken[called] = self._value(name, value)
        if "stream" in parameters and "stream" not in taken:
            taken.pop("stream_options", None)
        if allowance or "stream" in parameters.keys() - taken.keys():
            taken["timeout"] = PATIENT
        for name in LIMITS & taken.keys():
            taken[name] = self._raised(taken[name], allowance)
        return taken

    def _name(self, name: str) -> str | None:
        """Return a parameter's name for the model; None if it is left out."""
        if not self._is_refused(name):
            return name
        renamed = RENAMED.get(name)
        return None if renamed is None or self._is_refused(renamed) else renamed

    def _is_refused(self, name: str) -> bool:
        return self._refused.get(name, self._now()) > self._now()

    def _value(self, name: str, value: object) -> object:
        if name not in LEVELS:
            return value
        level, until = self._replaced.get((name, str(value)), ("", 0.0))
        return level if until > self._now() else value

    def _raised(self, limit: int, allowance: int) -> int:
        """Return a limit with the allowance, within the model's own limit if that is known."""
        most, until = self._ceiling or (0, 0.0)
        raised = limit + allowance
        return raised if until <= self._now() else max(limit, min(raised, most))

    def _most_allowed(
        self, said: Said, sent: Mapping[str, Any], parameters: Mapping[str, object], most: int
    ) -> int:
        """Return the largest allowance for the next attempt: a smaller one if it was too large."""
        allowance = min(most, self.allowance(parameters))
        if not allowance or not (too_long(said) or _is_over(said, sent)):
            return most
        found = AT_MOST.search(said.message)
        if found and _is_over(said, sent):
            self._ceiling = (int(found[1] or found[2]), self._now() + REMEMBERED)
            return most
        return allowance // 4 if allowance > UNUSED else 0

    def _learn(self, said: Said, sent: Mapping[str, Any]) -> None:
        until = self._now() + REMEMBERED
        levels = {(name, level) for (name, _), (level, _) in self._replaced.items()}
        for name in _refused(said, sent):
            nearest = _nearest(name, sent[name], said)
            if nearest is None or (name, sent[name]) in levels:
                self._refused[name] = until
                self._reasons |= name in RENAMED and RENAMED[name] in said.message
            else:
                self._replaced[name, str(sent[name])] = (nearest, until)


class Dialects:
    """The dialects of a server's models, shared by all that call it."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._known: dict[str, Dialect] = {}

    def of(self, model: str) -> Dialect:
        """Return the dialect of a model or deployment."""
        return self._known.setdefault(model, Dialect(self._now))


def said_in_choice(choice: Any) -> Any:  # noqa: ANN401 - the SDK's types
    """Return the delta of a streamed choice, or the message of a whole one."""
    return choice.delta if hasattr(choice, "delta") else choice.message


def _thinks(choice: Any) -> bool:  # noqa: ANN401 - the SDK's types
    said = said_in_choice(choice)
    return any(getattr(said, name, None) for name in ("reasoning_content", "reasoning"))


def _is_over(said: Said, sent: Mapping[str, Any]) -> bool:
    """Return whether an error says that the limit is too large."""
    named = f"{said.param} {said.message}"
    return any(name in named for name in LIMITS & sent.keys()) and not _unsupported(said)


def _unsupported(said: Said) -> bool:
    return said.code in CODES or WORDS.search(said.message) is not None


def _refused(said: Said, sent: Iterable[str]) -> set[str]:
    """Return the request's parameters that an error reports as unsupported."""
    named = said.param or said.message
    refused = {name for name in set(sent) - NEEDED if re.search(rf"\b{name}\b", named)}
    if "stream" in sent and (said.param == "stream" or UNSTREAMED.search(said.message)):
        return {"stream"} if _unsupported(said) or UNSTREAMED.search(said.message) else set()
    if _unsupported(said):
        return refused
    return {name for name in refused & LEVELS.keys() if SUPPORTED.search(said.message)}


def _nearest(name: str, value: object, said: Said) -> str | None:
    """Return the supported level nearest to a refused one, the lower of two; None if none is named."""
    levels, listed = LEVELS.get(name, ()), SUPPORTED.search(said.message)
    if value not in levels or listed is None:
        return None
    quoted = set(re.findall(r"\w+", listed[1].split(". ")[0]))
    at = levels.index(value)
    others = [level for level in levels if level in quoted and level != value]
    return min(others, key=lambda level: abs(levels.index(level) - at), default=None)
