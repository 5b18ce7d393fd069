"""The command line, in this process, on real embedded backends in a folder of its own."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
import structlog
from msgspec import Struct

from ragtenancy.cli.app import main
from ragtenancy.demo.clients import guide


class Ended(Struct, frozen=True, kw_only=True):
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    def json(self) -> object:
        return json.loads(self.out)


Run = Callable[..., Ended]


class Filled(Struct, frozen=True, kw_only=True):
    """A data folder, and how the ingestion of its documents ended."""

    data_dir: Path
    ended: Ended


@pytest.fixture(scope="session")
def guides(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two guides, and what is none."""
    folder = tmp_path_factory.mktemp("guides")
    for name in ("Billing_and_Refunds.docx", "User_Guide.docx"):
        (folder / name).write_bytes(guide(name))
    (folder / "picture.bin").write_bytes(b"\x00\x01\x02")
    (folder / ".hidden.txt").write_text("hidden")
    return folder


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, guides: Path) -> Filled:
    """A data folder with a client `acme` whose guides answer; tests only read it."""
    folder = tmp_path_factory.mktemp("filled")
    assert run_on(folder, "client", "create", "acme").code == 0
    ended = run_on(folder, "ingest", "-c", "acme", str(guides), "--json")
    return Filled(data_dir=folder, ended=ended)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on a new data folder."""
    monkeypatch.setenv("RAGTENANCY_DATA_DIR", str(tmp_path / "data"))
    return run_here


@pytest.fixture
def read(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on the data folder that is filled."""
    monkeypatch.setenv("RAGTENANCY_DATA_DIR", str(filled.data_dir))
    return run_here


@pytest.fixture(autouse=True)
def _no_logging_left() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def run_on(data_dir: Path, *arguments: str) -> Ended:
    """Run a command on a data folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAGTENANCY_DATA_DIR", str(data_dir))
        return run_here(*arguments)


def run_here(*arguments: str, typed: str = "") -> Ended:
    """Run a command on what the environment says."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr("sys.argv", ["ragtenancy", *arguments])
        patch.setattr("sys.stdin", io.StringIO(typed))
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
    return Ended(code=code, out=out.getvalue(), err=err.getvalue())
