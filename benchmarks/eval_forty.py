"""Puts forty questions about ten files of DATA= to the service, and prints them judged.

The files are those of `forty_files.tsv`, drawn from Word, PDF and other office files in the order
of their SHA-256; the questions of `forty_turns.tsv` were written down before any was asked. One
client holds all ten files. The judge is that of the folder DIALOGS=. Run by
`make eval-forty DATA=folder DIALOGS=folder`.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.dialog_folder import read_turns
from benchmarks.eval_dialogs import run_judge
from benchmarks.reply_counts import Row

HERE = Path(__file__).parent


def main() -> None:
    data, dialogs = os.environ.get("EVAL_DATA"), sys.argv[1]
    if not data or not dialogs:
        print("skipped: make eval-forty DATA=folder DIALOGS=folder names the files and the judge")
        return
    with tempfile.TemporaryDirectory() as place:
        folder = lay_out(Path(data), Path(place))
        sessions = list(dict.fromkeys(turn.session for turn in read_turns(folder)))
        _, rows = run_judge(Path(dialogs), folder, sessions, None)
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text(json.dumps(rows, indent=1, ensure_ascii=False))
    print("\n".join(as_markdown(rows)))


def lay_out(data: Path, folder: Path) -> Path:
    """Make a folder of conversations of the drawn files; one that is not the same is an error."""
    client = folder / "docs" / "office"
    client.mkdir(parents=True)
    for digest, name in drawn():
        found = data / name
        if hashlib.sha256(found.read_bytes()).hexdigest() != digest:
            sys.exit(f"{name} is not the file that the questions are about.")
        (client / found.name).symlink_to(found.resolve())
    shutil.copy(HERE / "forty_turns.tsv", folder / "turns.tsv")
    return folder


def drawn() -> list[tuple[str, str]]:
    """Return the SHA-256 and the path of each file that was taken."""
    with (HERE / "forty_files.tsv").open(encoding="utf-8", newline="") as listed:
        rows = list(csv.DictReader(listed, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [(row["sha256"], row["file"]) for row in rows if row["taken"] == "yes"]


def as_markdown(rows: dict[str, Row]) -> Iterator[str]:
    """Yield a table of every question, answer and verdict, then the figures."""
    yield "| | question | answer | judge |"
    yield "|---|---|---|---|"
    for key, row in rows.items():
        verdict = ", ".join([f"**{row['class']}**", *row["causes"]])
        yield f"| {key} | {_cell(row['question'])} | {_cell(row['reply']['answer'])} | {verdict} |"
    total = Counter(row["class"] for row in rows.values())
    yield ""
    yield ", ".join(f"{verdict} {count}" for verdict, count in total.most_common())


def _cell(text: str) -> str:
    """Return text as the cell of a table shows it: on one line, its own bars escaped."""
    return "<br>".join(text.replace("|", "\\|").splitlines())


if __name__ == "__main__":
    main()
