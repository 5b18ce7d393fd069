r"""The decoder's validation errors in plain words, which speak of the API's fields.

msgspec reports Python's types and regular expressions. A pattern gets its words where it is
declared: `Meta(pattern=shape(r"\A[a-z]{1,16}\Z", "1 to 16 lower-case letters"))`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

EXAMPLE_TIME = "2026-01-01T12:00:00Z"
MAX_WORDS = 300
NOT_ALLOWED = "is not one of the allowed values"
TIME = f"a time with a time zone, such as {EXAMPLE_TIME}"
TYPES: Mapping[str, str] = MappingProxyType(
    {
        "str": "a string",
        "int": "a whole number",
        "float": "a number",
        "bool": "true or false",
        "datetime": TIME,
        "object": "an object",
        "array": "a list",
        "null": "null",
    }
)
_BOUNDS = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than", "": "exactly"}
_PARTS = {"array": "item", "object": "entry", "str": "character"}
_PLURALS = {"item": "items", "entry": "entries", "character": "characters"}
_WORDS: dict[str, str] = {}  # by pattern
_AT_THE_TOP = "The top level"


def shape(pattern: str, words: str) -> str:
    """Return `pattern`, and describe it by `words`, a noun phrase, in error messages."""
    _WORDS[pattern] = words
    return pattern


def of_shape(pattern: str) -> str:
    """Return the words of a pattern."""
    return _WORDS.get(pattern, "in another format")


def either(names: Sequence[str]) -> str:
    """Return "a", "a or b", "a, b or c"."""
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def named(path: str) -> str:
    """Return a place in the decoder's notation, `$.a[0].b`, as the subject of a sentence.

    The decoder does not say which value of an object it means: `a[...].b` becomes `a.*.b`.
    """
    plain = path.removeprefix("$").removeprefix(".")
    if path.endswith("."):
        return f'`{plain}""`'
    if plain.endswith("[...]"):
        return f"A value in `{plain.removesuffix('[...]')}`"
    plain = plain.replace("[...]", ".*")
    return f"`{plain}`" if plain else _AT_THE_TOP


def rule(text: str) -> str | None:
    """Return what an error of msgspec, without its place, demands: "must be a string".

    Returns None for an error that a Struct's own check raised.
    """
    for pattern, words in _RULES:
        if found := pattern.fullmatch(text):
            return words(found)
    return None


def _expected(found: re.Match[str]) -> str:
    names = found[1].split(" | ")
    if "float" in names and "int" in names:
        names.remove("int")  # a whole number is a number
    ordered = sorted(names, key=[*TYPES, *names].index)
    words = [word for name in ordered for word in TYPES.get(name, name).split(" or ")]
    return f"must be {either(words)}"


def _sized(found: re.Match[str]) -> str:
    part, size = _PARTS[found[1]], int(found[3])
    if found[2] == ">=" and size == 1:
        return "must not be empty"
    noun = part if size == 1 else _PLURALS[part]
    return f"must have {_BOUNDS[found[2] or '']} {size:,} {noun}"


def _bounded(found: re.Match[str]) -> str:
    bound = float(found[2])
    return f"must be {_BOUNDS[found[1]]} {int(bound) if bound.is_integer() else bound:,}"


_RULES: Sequence[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = (
    (re.compile(r"Expected `([^`]+)`, got .*", re.DOTALL), _expected),
    (re.compile(r"Expected `(array|object|str)` of length (?:(>=|<=) )?(\d+).*"), _sized),
    (re.compile(r"Expected `(?:int|float)` (>=|<=|>|<) (\S+)"), _bounded),
    (
        re.compile(r"Expected `str` matching regex (.+)", re.DOTALL),
        lambda found: f"must be {of_shape(ast.literal_eval(found[1]))}",
    ),
    (re.compile(r"Expected `datetime` with a timezone component"), lambda _: f"must be {TIME}"),
    (re.compile(r"Invalid RFC3339 encoded datetime"), lambda _: f"must be {TIME}"),
    (re.compile(r"Invalid enum value .*", re.DOTALL), lambda _: NOT_ALLOWED),
    (re.compile(r"(?:Number|Integer value) out of range"), lambda _: "is out of range"),
    (re.compile(r"Object contains unknown field .*", re.DOTALL), lambda _: "is not a known field"),
    (re.compile(r"Object missing required field .*", re.DOTALL), lambda _: "is required"),
)
