"""The control words of rich text, by what they mean (Rich Text Format Specification 1.9.1)."""

from __future__ import annotations

CHARACTERS = {
    "emdash": "—",
    "endash": "–",  # noqa: RUF001
    "bullet": "•",
    "lquote": "‘",  # noqa: RUF001
    "rquote": "’",  # noqa: RUF001
    "ldblquote": "“",
    "rdblquote": "”",
    "tab": "\t",
    "line": "\n",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
    "softline": "\n",
}
SYMBOLS = {"~": "\u00a0", "_": "‑", "{": "{", "}": "}", "\\": "\\", "-": ""}  # noqa: RUF001
READ_DESTINATIONS = frozenset(
    [
        "fldinst",
        "formfield",
        "ffl",
        "annotation",
        "atnauthor",
        "footnote",
        "listtext",
        "pntext",
        "shppict",
        "shpinst",
        "shptxt",
        "field",
        "objdata",
    ]
)
"""Destinations that are read, although `\\*` lets a reader pass them over."""
PASSED_OVER = frozenset(
    [
        "aftncn",
        "aftnsep",
        "aftnsepc",
        "atndate",
        "atnid",
        "atnref",
        "atntime",
        "author",
        "bkmkend",
        "bkmkstart",
        "blipuid",
        "buptim",
        "category",
        "colortbl",
        "comment",
        "company",
        "creatim",
        "datafield",
        "datastore",
        "defchp",
        "defpap",
        "do",
        "doccomm",
        "falt",
        "filetbl",
        "fontemb",
        "fontfile",
        "ftncn",
        "ftnsep",
        "ftnsepc",
        "generator",
        "hlinkbase",
        "keywords",
        "latentstyles",
        "listoverridetable",
        "listtable",
        "manager",
        "mmathPr",
        "nonesttables",
        "nonshppict",
        "objclass",
        "objname",
        "operator",
        "panose",
        "passwordhash",
        "pgptbl",
        "picprop",
        "pnseclvl",
        "printim",
        "private",
        "protusertbl",
        "revtbl",
        "revtim",
        "rsidtbl",
        "shprslt",
        "subject",
        "tc",
        "template",
        "themedata",
        "xe",
        "xmlnstbl",
    ]
)
"""Destinations without text that a reader of the document sees."""
HEADS = {f"{kind}{side}": kind for kind in ("header", "footer") for side in ("", "l", "r", "f")}
SWITCHES = {
    "b": "bold",
    "v": "hidden",
    "webhidden": "hidden",
    "strike": "struck",
    "striked": "struck",
    "deleted": "deleted",
}
NOTES = {"footnote": "footnote", "annotation": "comment", **HEADS}
