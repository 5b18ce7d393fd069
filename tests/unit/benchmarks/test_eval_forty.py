from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from benchmarks import eval_forty
from benchmarks.dialog_folder import Turn, read_turns
from benchmarks.eval_forty import HERE, as_markdown, drawn, lay_out


def test_every_file_that_an_answer_must_cite_is_drawn(tmp_path: Path) -> None:
    names = {Path(name).name for _, name in drawn()}

    cited = {turn.cite for turn in _turns(tmp_path) if turn.cite}

    assert cited <= names


def test_there_are_four_turns_about_each_of_ten_files(tmp_path: Path) -> None:
    turns = _turns(tmp_path)

    assert (len(drawn()), len(turns), len({turn.session for turn in turns})) == (10, 40, 10)


def test_a_drawn_file_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = hashlib.sha256(b"# Terms").hexdigest()
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "terms.md").write_bytes(b"# Terms")
    monkeypatch.setattr(eval_forty, "drawn", lambda: [(digest, "a/terms.md")])

    folder = lay_out(tmp_path, tmp_path / "dialogs")

    assert (folder / "docs" / "office" / "terms.md").read_bytes() == b"# Terms"
    assert (folder / "turns.tsv").is_file()


def test_another_file_of_that_name_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "terms.md").write_bytes(b"other")
    monkeypatch.setattr(eval_forty, "drawn", lambda: [("0" * 64, "terms.md")])

    with pytest.raises(SystemExit, match=r"terms\.md is not the file"):
        lay_out(tmp_path, tmp_path / "dialogs")


def test_an_answer_of_several_lines_is_one_cell() -> None:
    row = {
        "question": "Which?",
        "reply": {"answer": "| A |\nB"},
        "class": "right",
        "causes": ["too-long"],
    }

    lines = list(as_markdown({"f01.1": row}))

    assert lines[2] == r"| f01.1 | Which? | \| A \|<br>B | **right**, too-long |"
    assert lines[-1] == "right 1"


def _turns(place: Path) -> list[Turn]:
    shutil.copy(HERE / "forty_turns.tsv", place / "turns.tsv")
    return read_turns(place)
