"""The fields of a rich text: links, form fields and tables of contents."""

from __future__ import annotations

import re

from msgspec import Struct, field

_LINK = re.compile(r'HYPERLINK\s+(?:\\[a-z]\s+)*"([^"]*)"', re.IGNORECASE)
_UNDEFINED = 25
_CHECK_BOX = 1


class Field(Struct, kw_only=True):
    """An open field: the depth of its group, and where its result begins in the text.

    `kind`, `result`, `default` and `choices` are those of a form field.
    """

    depth: int
    start: int
    instruction: str = ""
    kind: int | None = None
    result: int = _UNDEFINED
    default: int = 0
    choices: list[str] = field(default_factory=list)

    @property
    def target(self) -> str:
        """The address of a link, empty for other fields."""
        found = _LINK.search(self.instruction)
        return found[1] if found else ""

    @property
    def is_contents(self) -> bool:
        """Whether it makes a table of contents."""
        return self.instruction.lstrip().upper().startswith("TOC")

    @property
    def value(self) -> str:
        """The state of a check box or the choice of a drop-down list, empty for other fields."""
        chosen = self.default if self.result == _UNDEFINED else self.result
        if self.kind == _CHECK_BOX or self.instruction.strip().upper() == "FORMCHECKBOX":
            return "☒" if chosen else "☐"
        return self.choices[chosen] if 0 <= chosen < len(self.choices) else ""
