"""Foreign text as plain text, and values as people write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from ragtenancy.domain.errors import RagTenancyError

# ASCII punctuation, all of which Markdown lets a backslash escape. With the colon go Streamlit's
# directives and bare addresses, with the dollar formulas.
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# Addresses that Markdown turns into links all the same, unless a word joiner parts them.
_ADDRESS = re.compile(r"\\:(?=\\/)|www|@", re.IGNORECASE)
_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_SENTENCES = {
    "server_unreachable": "The server cannot be reached. Check that it is running, then try again.",
    "unauthenticated": "This key is not accepted. It may be mistyped, expired or revoked.",
    "client_suspended": "This client is suspended. Its operator can let it in again.",
    "insufficient_scope": "This key may not do that: it lacks a scope. Its operator can issue another.",
}


def plain(text: str) -> str:
    """Return text for a Streamlit label so that it shows as it is, on one line."""
    escaped = _PUNCTUATION.sub(r"\\\1", " ".join(text.split()))
    return _ADDRESS.sub("\\g<0>\u2060", escaped)


def sentence(error: RagTenancyError) -> str:
    """Return what went wrong, in words, with the code to look up; safe in Markdown."""
    told = _SENTENCES.get(error.reason) or plain(error.detail)
    return f"{told} (`{re.sub(r'[^a-z0-9_]', '', error.reason)}`)"


def size(count: int) -> str:
    """Return a number of bytes, rounded, with a decimal unit."""
    value, unit = float(count), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return (
        f"{value:.0f} {_UNITS[unit]}" if unit == 0 or value >= 10 else f"{value:.1f} {_UNITS[unit]}"
    )


def moment(at: datetime) -> str:
    """Return a time to the minute, in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def place(section: Sequence[str], page: int | None) -> str:
    """Return where a passage stands: its headings, and its page if there are pages."""
    parts = [" > ".join(section)] if section else []
    return " · ".join([*parts, *([] if page is None else [f"page {page}"])])
