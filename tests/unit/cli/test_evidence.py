"""`ragtenancy evidence`: a signed pack, and the script that verifies it without our package."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import msgspec
import pytest

from ragtenancy.verification.report import CheckResult, SabotageResult, SelfTest, Verification
from tests.unit.cli.conftest import Ended, Run, run_on

SCRIPT = Path(__file__).parents[3] / "scripts" / "verify_evidence.py"
RECONCILIATION = "parts/reconciliation.json"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
Files = dict[str, bytes]


def verification(*findings: str) -> Verification:
    check = CheckResult(
        name="lists", title="Lists.", threats=("T01",), probes=7, findings=findings, seconds=0.1
    )
    return Verification(
        version="0.1.0",
        installation="/srv/secret-place",
        started_at=NOW,
        ended_at=NOW,
        routes=3,
        requests=9,
        checks=[check],
    )


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """What `verify-isolation --json` printed."""
    path = tmp_path / "report.json"
    path.write_bytes(msgspec.json.encode(verification()))
    return path


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of a client with one document, and its signing key; tests copy it."""
    folder = tmp_path_factory.mktemp("evidence")
    document = folder / "Quarter.md"
    document.write_text("Cobalt revenue was 12 million.")
    data = folder / "data"
    run_on(data, "client", "create", "globex")
    run_on(data, "ingest", "-c", "globex", str(document))
    assert run_on(data, "evidence", "--new-key").code == 0
    return data


@pytest.fixture
def make(run: Run, installation: Path, report: Path, tmp_path: Path) -> Callable[..., Ended]:
    """Write a pack about a copy of the installation."""
    shutil.copytree(installation, tmp_path / "data")
    output = ("--output", str(tmp_path / "pack.zip"), "--verification", str(report))
    return lambda *more: run("evidence", *output, *more)


@pytest.fixture(scope="session")
def others(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with cryptography and what it needs, without ragtenancy."""
    folder = tmp_path_factory.mktemp("others")
    for name in ("cryptography", "cffi", "_cffi_backend"):
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        is_package = spec.submodule_search_locations is not None
        origin = Path(spec.origin).parent if is_package else Path(spec.origin)
        (folder / origin.name).symlink_to(origin)
    return folder


def python(others: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python without site packages, but for those of the folder."""
    command = [sys.executable, "-S", "-s", "-P", *arguments]
    environment = {"PYTHONPATH": str(others), "PATH": os.environ["PATH"]}
    return subprocess.run(
        command, env=environment, cwd=others, capture_output=True, text=True, check=False
    )


def fingerprint(ended: Ended) -> str:
    return ended.out.split()[-1]


def unpacked(path: Path) -> Files:
    with ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(path: Path, files: Mapping[str, bytes]) -> None:
    with ZipFile(path, "w") as archive:
        for name, body in files.items():
            archive.writestr(name, body)


def test_a_pack_is_verified_without_our_package(
    make: Callable[..., Ended], others: Path, tmp_path: Path
) -> None:
    made = make()
    ours = python(others, "-c", "import ragtenancy")

    verified = python(others, str(SCRIPT), str(tmp_path / "pack.zip"), fingerprint(made))

    assert "No module named 'ragtenancy'" in ours.stderr
    assert (made.code, verified.returncode, verified.stderr) == (0, 0, "")
    assert "verify-isolation: 1 checks on 3 routes, 7 probes, 0 failed" in verified.stdout
    assert "reconciliation: 1 clients, 0 differ" in verified.stdout


def altered(files: Files) -> Files:
    return files | {RECONCILIATION: files[RECONCILIATION].replace(b'"chunks":1', b'"chunks":2')}


def removed(files: Files) -> Files:
    return {name: body for name, body in files.items() if name != RECONCILIATION}


def added(files: Files) -> Files:
    return files | {"parts/more.json": b"{}"}


def manifest_altered(files: Files) -> Files:
    return files | {"manifest.json": files["manifest.json"].replace(b"0 failed", b"0 Failed")}


def unsigned(files: Files) -> Files:
    return {name: body for name, body in files.items() if name != "manifest.sig"}


def signature_cut(files: Files) -> Files:
    return files | {"manifest.sig": files["manifest.sig"][:-1]}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (altered, f"altered: {RECONCILIATION}"),
        (removed, f"missing: {RECONCILIATION}"),
        (added, "not in the manifest: parts/more.json"),
        (manifest_altered, "InvalidSignature"),
        (unsigned, "missing or damaged (KeyError('manifest.sig'))"),
        (signature_cut, "InvalidSignature"),
    ],
)
def test_each_change_of_a_pack_is_noticed(
    make: Callable[..., Ended],
    others: Path,
    tmp_path: Path,
    change: Callable[[Files], Files],
    told: str,
) -> None:
    made, path = make(), tmp_path / "pack.zip"
    before = unpacked(path)
    repacked(path, change(before))

    verified = python(others, str(SCRIPT), str(path), fingerprint(made))

    assert change(before) != before
    assert (verified.returncode, verified.stdout) == (1, "")
    assert told in verified.stderr


def test_a_pack_signed_with_another_key_is_noticed(
    make: Callable[..., Ended], others: Path, tmp_path: Path
) -> None:
    expected = fingerprint(make())
    make("--new-key", "--key", str(tmp_path / "other.pem"))

    verified = python(others, str(SCRIPT), str(tmp_path / "pack.zip"), expected)

    assert verified.returncode == 1
    assert "the public key is not the one that you expect" in verified.stderr


def test_a_failure_is_in_the_pack_and_in_the_exit_status(
    make: Callable[..., Ended], report: Path, others: Path, tmp_path: Path
) -> None:
    report.write_bytes(msgspec.json.encode(verification("a foreign document was listed")))

    made = make()
    verified = python(others, str(SCRIPT), str(tmp_path / "pack.zip"), fingerprint(made))

    assert (made.code, verified.returncode) == (1, 2)
    assert "FAILED   verify-isolation" in verified.stdout


def test_an_original_of_no_document_is_a_difference(
    make: Callable[..., Ended], tmp_path: Path
) -> None:
    [blobs] = (tmp_path / "data" / "tenants").glob("t*/blobs")
    stray = blobs / "blob_stray"
    stray.write_bytes(b"stray")
    os.utime(stray, (0, 0))

    made = make()
    found = json.loads(unpacked(tmp_path / "pack.zip")[RECONCILIATION])

    assert made.code == 1
    assert [each["orphaned_originals"] for each in found["clients"]] == [1]


def test_a_document_without_its_chunks_is_a_difference(
    make: Callable[..., Ended], tmp_path: Path
) -> None:
    [path] = (tmp_path / "data" / "tenants").glob("t*/*.db")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DELETE FROM vectors")

    made = make()
    found = json.loads(unpacked(tmp_path / "pack.zip")[RECONCILIATION])

    assert made.code == 1
    assert [each["incomplete"] for each in found["clients"]] == [1]


def test_data_of_no_client_is_told(make: Callable[..., Ended], tmp_path: Path) -> None:
    tenants = tmp_path / "data" / "tenants"
    [known] = tenants.glob("t*")
    stranger = tenants / f"t{known.name[:0:-1]}"
    shutil.copytree(known, stranger)

    made = make()
    found = json.loads(unpacked(tmp_path / "pack.zip")[RECONCILIATION])

    assert (made.code, found["unknown_clients"]) == (1, [stranger.name])


def test_a_pack_holds_no_content_name_path_or_private_key(
    make: Callable[..., Ended], tmp_path: Path
) -> None:
    make()

    everything = b"".join(unpacked(tmp_path / "pack.zip").values())

    secret = (tmp_path / "data" / "evidence-key.pem").read_bytes().splitlines()[1]
    words = (b"Cobalt", b"Quarter", b"globex", b"secret-place", bytes(tmp_path), secret)
    assert [word for word in words if word in everything] == []


def test_clients_are_named_only_if_asked(make: Callable[..., Ended], tmp_path: Path) -> None:
    make("--names")

    found = json.loads(unpacked(tmp_path / "pack.zip")[RECONCILIATION])

    assert [each["client_id"] for each in found["clients"]] == ["globex"]


def test_a_deleted_clients_stores_are_counted_again(
    make: Callable[..., Ended], run: Run, tmp_path: Path
) -> None:
    run("client", "delete", "globex", "--yes")

    made = make()
    [deletion] = json.loads(unpacked(tmp_path / "pack.zip")[RECONCILIATION])["deletions"]

    assert made.code == 0
    assert deletion["removed"]["documents"] == 1
    assert set(deletion["remaining_now"].values()) == {0}


def test_outside_files_are_included_as_they_are(make: Callable[..., Ended], tmp_path: Path) -> None:
    outside, tested = tmp_path / "sectum.json", tmp_path / "self-test.json"
    outside.write_bytes(b'{ "probes": 24 }\n')
    sabotage = SabotageResult(name="a", title="A seam.", noticed_by=("lists",))
    unnoticed = SabotageResult(name="b", title="Another.", noticed_by=())
    report = SelfTest(control=verification(), sabotages=[sabotage, unnoticed])
    tested.write_bytes(msgspec.json.encode(report))

    made = make("--outside", str(outside), "--self-test", str(tested))

    assert unpacked(tmp_path / "pack.zip")["parts/outside-01.json"] == b'{ "probes": 24 }\n'
    assert "FAILED  self-test: 1 of 2 sabotages noticed" in made.out


def test_a_key_that_others_may_read_is_refused(make: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "data" / "evidence-key.pem").chmod(0o640)

    made = make()

    assert made.code == 1
    assert "chmod 600" in made.err
    assert not (tmp_path / "pack.zip").exists()


def test_a_key_is_private_and_never_replaced(run: Run, tmp_path: Path) -> None:
    run("client", "create", "acme")
    run("evidence", "--new-key")
    key = tmp_path / "data" / "evidence-key.pem"
    first = key.read_bytes()

    again = run("evidence", "--new-key")

    assert key.stat().st_mode & 0o777 == 0o600
    assert (again.code, key.read_bytes()) == (1, first)


def test_a_damaged_report_is_refused(make: Callable[..., Ended], report: Path) -> None:
    report.write_bytes(b'{"checks": []}')

    made = make()

    assert made.code == 1
    assert "not a report of verify-isolation" in made.err
