"""Answers as harmless Markdown: no live HTML, no images, no links absent from the passages."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property
from operator import itemgetter

MAX_TARGET_CHARACTERS = 2_000  # characters of a link's target; longer ones are not links
_SCHEMES = ("http://", "https://", "ftp://", "www.")
_BARE = r"//(?=[\w-]+\.[\w-])"  # an address without a scheme, which some renderers link
_ADDRESS = re.compile(
    rf"(?:https?://|ftp://|www\.|(?<![\w:/]){_BARE})[^\s<>\[\]\"'`|]*", re.IGNORECASE
)
_BARE_BEGUN = re.compile(r"/(?:/(?:[\w-]+\.?)?)?\Z")
_SCHEME = re.compile(r"//|\w+(?:://|\.)")
_TARGET = re.compile(r"\]\(\s*<?([^\s<>()]+(?:\([^\s<>()]*\)[^\s<>()]*)*)")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(
    r"\(\s*(?:<([^<>\n]*)>|([^\s<]\S*)|)(?:\s+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?\s*\)", re.DOTALL
)
_PLAIN = re.compile(r"[^<!\]/`~hHwWfF]+")
_MARKER_LABEL = re.compile(r"\[[S0-9,;\s\-\u2013]*\Z")
_MARKER_INSIDE = re.compile(r"[S0-9,;\s\-\u2013\]]")
_LINE_OPENS = re.compile(r"(?:[\s>]|[-*+](?=\s)|\(?\w{1,9}[.)](?=\s))*")
_LABELS = re.compile(r"\[[^\]]*\]?")
_TICKS = re.compile(r"`+|~+")
_FENCE = 3
_TRAILING = ".,;:!?*_~)"


class SafeText:
    """Sanitises streamed Markdown, holding back undecided text.

    `<` where a tag would start becomes `&lt;`. Images lose their target and keep their words. So do
    links, and bare addresses lose their scheme, unless a passage holds the target. Link reference
    definitions are broken up. Spans of code are treated the same, since renderers differ on what is
    code; a fence is escaped, since fenced code does not come here (`CodeFences`). The output does
    not depend on how the text was cut into pieces.
    """

    def __init__(self, passages: Sequence[str] = ()) -> None:
        self._passages = passages
        self._held = ""
        self._line = ""
        self._taken, self._given = 0, 0
        self._shifts: list[tuple[int, int]] = [(0, 0)]

    def feed(self, text: str) -> str:
        """Take a piece of text; return the text that is final."""
        self._held += text
        return self._decided(last=False)

    def finish(self) -> str:
        """Return the remaining text."""
        return self._decided(last=True)

    def literal(self, text: str) -> str:
        """Return the remaining text and, unchanged, whole lines of fenced code."""
        before = self.finish()
        self._taken += len(text)
        self._given += len(text)
        self._line = ""
        return before + text

    def place(self, offset: int) -> int:
        """Return where the character at an offset of the text taken stands in the text returned."""
        after = bisect_right(self._shifts, offset, key=itemgetter(0))
        taken, given = self._shifts[after - 1]
        most = self._shifts[after][1] if after < len(self._shifts) else self._given
        return min(given + offset - taken, most)

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
            self._taken += length
            self._given += len(said)
            if length != len(said):
                self._shifts.append((self._taken, self._given))
            self._line = (self._line + said).rpartition("\n")[2][-MAX_TARGET_CHARACTERS:]
        self._held = held[at:]
        return "".join(out)

    def _step(self, held: str, at: int, *, last: bool) -> tuple[int, str] | None:
        """Return the number of decided characters and their replacement, None if undecided."""
        if plain := _PLAIN.match(held, at):
            return len(plain[0]), plain[0]
        following = held[at + 1 : at + 2]
        if held[at] in "`~":
            return self._ticks(held, at, last=last)
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

    def _ticks(self, held: str, at: int, *, last: bool) -> tuple[int, str] | None:
        """Escape what a renderer could take for a fence: nothing may pass as code unseen."""
        run = _TICKS.match(held, at)[0]  # type: ignore[index]
        after = at + len(run)
        if not _opens_line(self._line) or (len(run) < _FENCE and (last or after < len(held))):
            return len(run), run
        end = held.find("\n", at)
        if end < 0 and not last:
            return None
        spans = run[0] == "`" and "`" in held[after : end if end >= 0 else None]
        return len(run), run if spans else f"\\{run}"

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
            marker = _MARKER_LABEL.search(self._line)
            within = marker is not None and not _opens_line(_LABELS.sub("", self._line))
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
        if held[at] == "/" and re.match(r"[\w:/]", self._line[-1:]):
            return 1, "/"
        rest = held[at : at + len("https://")].lower()
        begun = any(scheme.startswith(rest) and scheme != rest for scheme in _SCHEMES)
        if not last and (begun or _BARE_BEGUN.match(held, at)):
            return None
        found = _ADDRESS.match(held, at)
        if found is None:
            return 1, held[at]
        if found.end() == len(held) and not last and len(found[0]) < MAX_TARGET_CHARACTERS:
            return None
        if self._allows(found[0]):
            return len(found[0]), found[0]
        scheme = _SCHEME.match(found[0])[0]  # type: ignore[index]
        return len(scheme), self._unlinked(scheme, held[at + len(scheme) :])

    def _unlinked(self, scheme: str, rest: str) -> str:
        """Return what is left of a scheme: nothing, unless its neighbours would make a marker."""
        if _MARKER_LABEL.search(self._line) and _MARKER_INSIDE.match(rest):
            return f"{scheme[:-1]} "
        return self._dropped()

    def _allows(self, target: str) -> bool:
        return _key(target) in self._allowed

    @cached_property
    def _allowed(self) -> frozenset[str]:
        """The addresses in the passages, computed lazily: most answers hold none."""
        return frozenset(_targets(self._passages))


def _opens_line(text: str) -> bool:
    """Return whether a line's text so far is only marks of quotes and list items."""
    return _LINE_OPENS.fullmatch(text) is not None


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
