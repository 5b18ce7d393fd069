"""Answers as harmless Markdown: no live HTML, no images, no links absent from the passages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

MAX_TARGET_CHARACTERS = 2_000  # characters of a link's target; longer ones are not links
_SCHEMES = ("http://", "https://", "ftp://", "www.")
_ADDRESS = re.compile(r"(?:https?://|ftp://|www\.)[^\s<>\[\]\"'`|]*", re.IGNORECASE)
_SCHEME = re.compile(r"\w+(?:://|\.)")
_TARGET = re.compile(r"\]\(\s*<?([^\s<>()]+(?:\([^\s<>()]*\)[^\s<>()]*)*)")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(
    r"\(\s*(?:<([^<>\n]*)>|([^\s<]\S*)|)(?:\s+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?\s*\)", re.DOTALL
)
_PLAIN = re.compile(r"[^<!\]hHwWfF]+")
_MARKER_LABEL = re.compile(r"\[[S0-9,;\s\-\u2013]+\Z")
_TRAILING = ".,;:!?*_~)"


class SafeText:
    """Sanitises streamed Markdown, holding back undecided text.

    `<` where a tag would start becomes `&lt;`. Images lose their target and keep their words. So do
    links, and bare addresses lose their scheme, unless a passage holds the target. Link reference
    definitions are broken up. Code is treated the same: renderers differ on what is code. The
    output does not depend on how the text was cut into pieces.
    """

    def __init__(self, passages: Sequence[str] = ()) -> None:
        self._passages = passages
        self._held = ""
        self._line = ""

    def feed(self, text: str) -> str:
        """Take a piece of text; return the text that is final."""
        self._held += text
        return self._decided(last=False)

    def finish(self) -> str:
        """Return the remaining text."""
        return self._decided(last=True)

    def _decided(self, *, last: bool) -> str:
        out: list[str] = []
        at, held = 0, self._held
        while at < len(held):
            step = self._step(held, at, last=last)
            if step is None:
                break
            length, said = step
            at += length
            out.append(said)
            self._line = (self._line + said).rpartition("\n")[2][-MAX_TARGET_CHARACTERS:]
        self._held = held[at:]
        return "".join(out)

    def _step(self, held: str, at: int, *, last: bool) -> tuple[int, str] | None:
        """Return the number of decided characters and their replacement, None if undecided."""
        if plain := _PLAIN.match(held, at):
            return len(plain[0]), plain[0]
        following = held[at + 1 : at + 2]
        if held[at] not in "<!]":
            return self._address(held, at, last=last)
        if not following and not last:
            return None
        if held[at] == "<":
            opens = following.isalpha() or following in {"/", "!", "?"}
            return 1, "&lt;" if following and opens else "<"
        if held[at] == "!":
            return self._image(held, at, last=last)
        return self._after_bracket(held, at, following, last=last)

    def _image(self, held: str, at: int, *, last: bool) -> tuple[int, str] | None:
        """Drop the `!` of an image; before a marker it is a mark of its own."""
        if held[at + 1 : at + 2] != "[":
            return 1, "!"
        following = held[at + 2 : at + 3]
        if not following and not last:
            return None
        return 1, "! " if following.isdigit() or following == "S" else self._dropped()

    def _dropped(self) -> str:
        """Return the placeholder for something removed, so that its neighbours do not join."""
        return " " if self._line.endswith(("]", "!", "<")) else ""

    def _after_bracket(
        self, held: str, at: int, following: str, *, last: bool
    ) -> tuple[int, str] | None:
        if following == "(":
            return self._link(held, at, last=last)
        if following == "[":
            label = held[at + 2 : at + 3]
            if not label and not last:
                return None
            return 1, "]" if label.isdigit() or label == "S" else "] "
        if following == ":":
            before = _MARKER_LABEL.search(self._line)
            within = before is not None and bool(self._line[: before.start()].strip(" \t>*+-"))
            return 1, "]" if within else "] "
        return 1, "]"

    def _link(self, held: str, at: int, *, last: bool) -> tuple[int, str] | None:
        end = _closing(held, at + 1)
        if end is None:
            return (1, "] ") if last else None
        found = _LINK.fullmatch(held, at + 1, end) if end else None
        if found is None:
            return 1, "] "
        target = found[1] or found[2] or ""
        if self._allows(target):
            return end - at, f"]({target})"
        following = held[end : end + 1]
        if not following and not last:
            return None
        return end - at, "] " if following and following in "([:" else "]"

    def _address(self, held: str, at: int, *, last: bool) -> tuple[int, str] | None:
        rest = held[at : at + len("https://")].lower()
        if not last and any(scheme.startswith(rest) and scheme != rest for scheme in _SCHEMES):
            return None
        found = _ADDRESS.match(held, at)
        if found is None:
            return 1, held[at]
        if found.end() == len(held) and not last and len(found[0]) < MAX_TARGET_CHARACTERS:
            return None
        if self._allows(found[0]):
            return len(found[0]), found[0]
        return len(_SCHEME.match(found[0])[0]), self._dropped()  # type: ignore[index]

    def _allows(self, target: str) -> bool:
        return _key(target) in self._allowed

    @cached_property
    def _allowed(self) -> frozenset[str]:
        """The addresses in the passages, computed lazily: most answers hold none."""
        return frozenset(_targets(self._passages))


def _closing(held: str, opening: int) -> int | None:
    """Return where a bracket's content ends, 0 if it has no end, None if undecided."""
    depth = 0
    for at in range(opening, len(held)):
        if held[at] == "(":
            depth += 1
        elif held[at] == ")":
            depth -= 1
            if depth == 0:
                return at + 1
        if held.startswith("\n\n", at) or at - opening > MAX_TARGET_CHARACTERS:
            return 0
    return None


def _targets(passages: Iterable[str]) -> Iterable[str]:
    """Return the addresses in passages, in the form of `_key`."""
    for text in passages:
        yield from (_key(found[0]) for found in _ADDRESS.finditer(text))
        yield from (_key(found[1]) for found in _TARGET.finditer(text) if _harmless(found[1]))
        yield from (_key(f"mailto:{found[0]}") for found in _MAIL.finditer(text))


def _harmless(target: str) -> bool:
    scheme = re.match(r"\s*([a-zA-Z][\w+.-]*):", target)
    return scheme is None or scheme[1].lower() in {"http", "https", "mailto", "tel", "ftp"}


def _key(target: str) -> str:
    return target.rstrip(_TRAILING).rstrip("/")
