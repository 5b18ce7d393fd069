"""A folder of judged conversations: its turns, its documents, and a copy without PDF files."""

from __future__ import annotations

import ast
import csv
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

SOCIAL = frozenset({"greeting", "thanks", "goodbye", "meta"})
SEPARATOR = " ⏎ "
_NOTE = re.compile(r"\^\[([^\]]*)\]")


class Turn(Struct, frozen=True, kw_only=True):
    """One line of turns.tsv; `earlier` are the questions asked before it in its session."""

    session: str
    number: str
    client: str
    question: str
    kind: str
    expect: Sequence[str] = ()
    forbid: Sequence[str] = ()
    refuse: str = "no"
    cite: str = ""
    max_sentences: int = 3
    earlier: Sequence[str] = ()

    @property
    def key(self) -> str:
        """Its name within the folder, e.g. `d03.2`."""
        return f"{self.session}.{self.number}"

    @property
    def answerable(self) -> bool:
        """Whether the client's documents hold an answer."""
        return self.refuse == "no" and self.kind not in SOCIAL

    @property
    def follow_up(self) -> bool:
        """Whether it is marked as leaning on what was said."""
        return self.kind in {"follow-up-ellipsis", "follow-up-pronoun", "correction"}


def read_turns(folder: Path) -> list[Turn]:
    """Return the turns in the order in which they are asked."""
    asked: dict[str, list[str]] = {}
    turns = []
    for row in _rows(folder):
        earlier = asked.setdefault(row["session"], [])
        turns.append(
            Turn(
                session=row["session"],
                number=row["turn"],
                client=row["client"],
                question=row["question"],
                kind=row["kind"],
                expect=_patterns(row["expect"]),
                forbid=_patterns(row["forbid"]),
                refuse=row["refuse"],
                cite=row["cite"],
                max_sentences=int(row["max_sentences"]),
                earlier=tuple(earlier),
            )
        )
        earlier.append(row["question"])
    return turns


def read_headings(folder: Path) -> list[str]:
    """Return the headings of the documents, none where the folder does not list them."""
    listed = folder / "headings.txt"
    return listed.read_text(encoding="utf-8").splitlines() if listed.exists() else []


def pdf_files(folder: Path) -> list[Path]:
    """Return the PDF files among the documents."""
    return sorted(path for path in folder.glob("docs/*/*") if path.suffix.lower() == ".pdf")


def copy_without_pdf(folder: Path, copy: Path, program: str) -> Path:
    """Copy a folder with a Markdown file of the same text in place of each PDF.

    The text is what the folder's `make_docs.py` makes the PDF of; without that script it is
    what `program parse` reads. The turns name the new files.
    """
    shutil.copytree(folder / "docs", copy / "docs")
    for name in ("turns.tsv", "headings.txt"):
        if (folder / name).exists():
            shutil.copy(folder / name, copy / name)
    script = folder / "make_docs.py"
    written = pdf_sources(script.read_text(encoding="utf-8")) if script.exists() else {}
    for path in pdf_files(copy):
        text = written.get(path.name)
        renamed = path.with_suffix(".md")
        renamed.write_text(to_markdown(text) if text else _parsed(program, path), encoding="utf-8")
        path.unlink()
        _rename(copy / "turns.tsv", path.name, renamed.name)
    return copy


def pdf_sources(script: str) -> dict[str, str]:
    """Return the text of each `to_pdf(… / "name.pdf", TEXT, …)` of a script that is not run.

    To import the script would write the documents anew, with packages that are not here.
    """
    tree = ast.parse(script)
    texts = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found = {}
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "to_pdf":
            path, text = call.args[:2]
            if isinstance(text, ast.Name) and text.id in texts:
                found.update(dict.fromkeys(_file_names(path), texts[text.id]))
    return found


def to_markdown(text: str) -> str:
    """Return the document makers' mark-up as Markdown: blocks apart, tables, footnotes."""
    notes: list[str] = []

    def note(match: re.Match[str]) -> str:
        notes.append(match[1])
        return f"[^{len(notes)}]"

    lines = [_NOTE.sub(note, line.strip()) for line in text.strip().splitlines() if line.strip()]
    blocks = list(_blocks(lines)) + [f"[^{n}]: {said}" for n, said in enumerate(notes, 1)]
    return "\n\n".join(blocks) + "\n"


def _blocks(lines: Iterable[str]) -> Iterator[str]:
    """Yield paragraphs, and lists and tables whole; a table's first row is its head."""
    block: list[str] = []
    before = ""
    for line in lines:
        kind = _kind(line)
        if block and (kind != before or not kind):
            yield "\n".join(block)
            block = []
        block.append(line)
        if kind == "table" and len(block) == 1:
            block.append("|" + " --- |" * (line.count("|") - 1))
        before = kind
    if block:
        yield "\n".join(block)


def _kind(line: str) -> str:
    if line.startswith("|"):
        return "table"
    if line.startswith("- "):
        return "bullets"
    return "steps" if re.match(r"\d+\. ", line) else ""


def _file_names(path: ast.expr) -> list[str]:
    constants = [node.value for node in ast.walk(path) if isinstance(node, ast.Constant)]
    return [name for name in constants if isinstance(name, str) and name.endswith(".pdf")]


def _parsed(program: str, path: Path) -> str:
    done = subprocess.run([program, "parse", path], check=True, capture_output=True, text=True)
    return done.stdout


def _rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "turns.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _patterns(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split(SEPARATOR) if part)


def _rename(turns: Path, name: str, renamed: str) -> None:
    """Let the turns' column `cite` name the new file."""
    head, *lines = turns.read_text(encoding="utf-8").split("\n")
    column = head.split("\t").index("cite")
    cells = [line.split("\t") for line in lines]
    for row in cells:
        if len(row) > column and row[column] == name:
            row[column] = renamed
    turns.write_text("\n".join([head, *("\t".join(row) for row in cells)]), encoding="utf-8")
