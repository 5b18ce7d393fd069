"""Text in `format=flowed` (RFC 3676), as plain text without wrapped lines."""

from __future__ import annotations

import re

_QUOTE = re.compile(r">*")
_SIGNATURE = "-- "


def unflowed(text: str, *, joins: bool = False) -> str:
    """Return the text with flowed lines joined; `joins` (DelSp) drops the space at their ends."""
    lines: list[str] = []
    flows, depth = False, 0
    for raw in text.split("\n"):
        quote = _QUOTE.match(raw)
        marks = quote[0] if quote else ""
        line = raw[len(marks) :].removeprefix(" ")
        if flows and len(marks) == depth and line != _SIGNATURE:
            lines[-1] += line
        else:
            lines.append(f"{marks} {line}" if marks else line)
        depth = len(marks)
        flows = line.endswith(" ") and line != _SIGNATURE
        if flows and joins:
            lines[-1] = lines[-1][:-1]
    return "\n".join(line.rstrip() for line in lines)
