"""What holds for the text of a group and for the present paragraph."""

from __future__ import annotations

from msgspec import Struct, field


class State(Struct, kw_only=True):
    """The state of a group, which the groups in it inherit."""

    destination: str = "body"
    sink: list[str] = field(default_factory=list)
    font: int = 0
    skipped: int = 1
    hidden: bool = False
    deleted: bool = False
    struck: bool = False
    bold: bool = False
    size: int = 24
    alignment: str = ""
    starred: bool = False


class Style(Struct, frozen=True, kw_only=True):
    """A paragraph style: its heading's level, if it is one."""

    level: int | None = None


class Layout(Struct, kw_only=True):
    """The properties of the present paragraph."""

    level: int | None = None
    style: int = 0
    in_table: bool = False
    nesting: int = 1
    list_level: int = 0
