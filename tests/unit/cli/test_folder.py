"""What a watched folder is said to hold."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ragtenancy.cli.folder import Folder

GUIDE = Path("sub/guide.txt")
NONE: frozenset[Path] = frozenset()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "sub").mkdir()
    (tmp_path / GUIDE).write_text("Refunds take 30 days.")
    return Folder(tmp_path)


def test_a_file_settles_when_two_looks_see_the_same(folder: Folder) -> None:
    first = folder.look(NONE)
    second = folder.look(NONE)

    assert (list(first.settled), list(second.settled)) == ([], [GUIDE])


def test_a_file_that_is_being_written_does_not_settle(folder: Folder) -> None:
    folder.look(NONE)
    with (folder.path / GUIDE).open("a") as file:
        file.write(" Or more.")

    assert not folder.look(NONE).settled
    assert list(folder.look(NONE).settled) == [GUIDE]


def test_a_change_of_the_same_size_is_seen(folder: Folder) -> None:
    before = folder.look(NONE)
    os.utime(folder.path / GUIDE, ns=(1, 1))
    folder.look(NONE)

    assert folder.look(NONE).settled != before.settled


def test_a_file_is_gone_when_two_looks_miss_it(folder: Folder) -> None:
    (folder.path / "other.txt").write_text("Prices are net.")
    (folder.path / GUIDE).unlink()

    first = folder.look(frozenset({GUIDE}))
    second = folder.look(frozenset({GUIDE}))

    assert (first.gone, second.gone) == (NONE, frozenset({GUIDE}))


def test_a_file_that_is_written_anew_is_not_gone(folder: Folder) -> None:
    (folder.path / "other.txt").write_text("Prices are net.")
    (folder.path / GUIDE).unlink()
    folder.look(frozenset({GUIDE}))
    (folder.path / GUIDE).write_text("Refunds take 60 days.")

    assert folder.look(frozenset({GUIDE})).gone == NONE


def test_of_a_folder_that_is_empty_at_once_nothing_is_gone(folder: Folder) -> None:
    (folder.path / GUIDE).unlink()

    folder.look(frozenset({GUIDE}))

    assert folder.look(frozenset({GUIDE})).gone == NONE


def test_hidden_and_lock_files_are_left_out(folder: Folder) -> None:
    for name in (".hidden.txt", "~$guide.docx", ".git/config"):
        (folder.path / name).parent.mkdir(exist_ok=True)
        (folder.path / name).write_text("x")
    folder.look(NONE)

    assert list(folder.look(NONE).settled) == [GUIDE]


def test_a_folder_that_is_away_is_an_error(folder: Folder) -> None:
    folder.path.rename(folder.path.with_name("elsewhere"))

    with pytest.raises(FileNotFoundError):
        folder.look(NONE)
