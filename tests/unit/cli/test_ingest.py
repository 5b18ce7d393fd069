"""What a person sees of an ingestion."""

from __future__ import annotations

import io
import re
from email.message import EmailMessage
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

from ragtenancy.cli import advice
from ragtenancy.cli.ingest_report import BarsInHand
from ragtenancy.cli.outcomes import Outcome
from ragtenancy.cli.pace import Pace
from tests.unit.cli.conftest import Run

ERRORS = Path(__file__).parents[3] / "docs" / "errors.md"


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A folder with a document, one without text and one that is none."""
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "a.txt").write_text("Refunds take 30 days.")
    (folder / "b.md").write_text(" \n\n ")
    (folder / "c.bin").write_bytes(b"\x00\x01\x02")
    return folder


def test_every_file_has_a_line_and_the_end_a_summary(run: Run, mixed: Path) -> None:
    run("client", "create", "acme")

    ended = run("ingest", "-c", "acme", str(mixed))

    assert ended.code == 1
    assert sorted(ended.out.splitlines()) == [
        f"{mixed / 'a.txt'}: 1 chunk",
        (
            f"{mixed / 'c.bin'}: skipped. This file type is not supported; save it as .docx, .xlsx,"
            " .pptx, .pdf, .html or .txt. (unsupported_media_type)"
        ),
    ]
    assert re.search(
        r"3 files in 0:00:\d\d \([\d.]+ files/s, [\d.]+ [kM]B/s\):"
        r" 1 ingested, 1 skipped, 1 failed\.",
        ended.err,
    )


def test_failures_come_last_with_their_code_and_what_to_do(run: Run, mixed: Path) -> None:
    run("client", "create", "acme")

    ended = run("ingest", "-c", "acme", str(mixed))

    failure, what_to_do = ended.err.splitlines()[-2:]
    assert failure.startswith(f"ragtenancy: {mixed / 'b.md'}: ")
    assert failure.endswith("(no_text)")
    assert what_to_do.strip() == "Provide a version of the document that contains text."


def test_what_is_in_already_is_said_to_be(run: Run, tmp_path: Path) -> None:
    run("client", "create", "acme")
    (tmp_path / "a.txt").write_text("Refunds take 30 days.")
    run("ingest", "-c", "acme", str(tmp_path / "a.txt"))

    again = run("ingest", "-c", "acme", str(tmp_path / "a.txt"))

    assert again.out == f"{tmp_path / 'a.txt'}: 1 chunk, unchanged\n"
    assert "1 unchanged" in again.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("a.txt", "--delete"),
        ("a.txt", "--watch"),
        (".", ".", "--watch"),
        (".", "--watch", "--document", "doc_1"),
        (".", "--watch", "--metadata", "path=x"),
    ],
)
def test_options_that_do_not_go_together_are_misuse(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("Refunds take 30 days.")

    assert run("ingest", "-c", "acme", *arguments).code == 2


def test_thousands_of_files_have_a_bar_only_in_hand(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, width=120)
    progress = Progress(TextColumn("{task.description} {task.fields[word]}"), console=screen)
    bars = BarsInHand(progress, Pace(3_000, 3_000))

    most = max(_through(bars, progress, number) for number in range(3_000))

    assert most == 2
    assert len(progress.tasks) == 1
    assert progress.tasks[0].finished
    assert capsys.readouterr().out.count("\n") == 3_000


def test_every_code_with_advice_is_documented() -> None:
    documented = set(re.findall(r"`([a-z_]+)`", ERRORS.read_text()))

    assert advice._ADVICE.keys() - documented - {"unreadable"} == set()


def test_a_code_without_advice_of_its_own_points_to_the_docs() -> None:
    assert "docs/errors.md" in advice.advice("new_code", retryable=False)
    assert "Run it again" in advice.advice("storage_busy", retryable=True)


def _through(bars: BarsInHand, progress: Progress, number: int) -> int:
    """Bring a file to its end; return how many bars there were."""
    name = f"folder/{number}.txt"
    bars.move(name, 1, 0.5, "embed")
    shown = len(progress.tasks)
    bars.end(Outcome(file=name, status="active", chunks=1), 1)
    return shown


def test_warnings_and_attached_files_are_shown(run: Run, tmp_path: Path) -> None:
    run("client", "create", "acme")
    mail = EmailMessage()
    mail["Subject"] = "The offer"
    mail.set_content("The prices are attached, as discussed.")
    mail.add_attachment("Article,Price\nValve,80 EUR\nPump,90 EUR\n", filename="prices.csv")
    mail.add_attachment(b"\0\1\2", "application", "octet-stream", filename="driver.bin")
    (tmp_path / "offer.eml").write_bytes(bytes(mail))

    ended = run("ingest", "-c", "acme", str(tmp_path / "offer.eml"))

    first, warning = ended.out.splitlines()
    assert (ended.code, first.endswith(": 1 chunk, 1 attached file")) == (0, True)
    assert "driver.bin was not read: This file type is not supported;" in warning
