"""A server whose machine fails: `/readyz` and `/health` say so within five seconds."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import apsw
import pytest

from tests.process.running import OPERATOR, Server, key, serving, succeeded, upload

WITHIN = 5.0
SMALL_DISK = "size=64m"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 40 MB, which only root can mount."""
    place = tmp_path / "disk"
    place.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"{SMALL_DISK},mode=0700", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(mounting, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def said(server: Server, service: str) -> tuple[int, str, int, str]:
    """Return the status codes of `/readyz` and `/health`, each with the code for a service."""
    ready, health = server.http.get("/readyz"), server.http.get("/health")
    return (
        *(ready.status_code, ready.json().get("reasons", {}).get(service, "")),
        *(health.status_code, health.json().get("reasons", {}).get(service, "")),
    )


def becomes(server: Server, service: str, expected: tuple[int, str, int, str]) -> None:
    """Wait for at most five seconds until both say what is expected."""
    deadline = time.monotonic() + WITHIN
    while said(server, service) != expected and time.monotonic() < deadline:
        time.sleep(0.2)
    assert said(server, service) == expected, server.http.get("/health").text


def fails(server: Server, service: str, code: str) -> None:
    becomes(server, service, (503, code, 503, code))


def recovers(server: Server, service: str) -> None:
    becomes(server, service, (200, "", 200, ""))


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Fill the disk of a folder to its last byte."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(65_536))
    with filler.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"0")
    yield
    filler.unlink()


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Mount a folder over itself, read-only, whatever is open in it."""
    subprocess.run(["mount", "--bind", str(folder), str(folder)], check=True)
    subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
    yield
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def replaced(path: Path, content: bytes) -> Iterator[None]:
    """Replace a file's content."""
    before = path.read_bytes()
    path.write_bytes(content)
    yield
    path.write_bytes(before)


@contextmanager
def newer(control: Path) -> Iterator[None]:
    """Mark the control file as one of a newer version."""
    connection = apsw.Connection(str(control))
    version = connection.pragma("user_version")
    connection.pragma("user_version", 99)
    yield
    connection.pragma("user_version", version)
    connection.close()


def damage(path: Path) -> None:
    """Overwrite a file's beginning in place."""
    with path.open("r+b") as file:
        file.write(os.urandom(8_192))
        os.fsync(file.fileno())


def test_on_a_full_disk_room_can_be_made(disk: Path) -> None:
    with serving(disk / "data") as server:
        acme, globex = server.create_client("acme"), server.create_client("globex")
        jobs = {
            api_key: upload(server, api_key, f"{n}.txt", b"Refunds take 30 days. " * 20_000)
            for n, api_key in enumerate((acme, acme, globex))
        }
        first = upload(server, acme, "first.txt", b"The office opens at nine.")
        succeeded(server, acme, first["job_id"])
        for api_key, accepted in jobs.items():
            succeeded(server, api_key, accepted["job_id"])
        send = partial(server.http.request, headers=key(acme))
        operate = partial(server.http.request, headers=key(OPERATOR))

        with full(disk):
            refused = send("POST", "/api/v1/ingest/document", files={"file": ("b.txt", b"b" * 99)})
            status = send("GET", f"/api/v1/ingest/status/{first['job_id']}")
            deleted = send("DELETE", f"/api/v1/ingest/document/{first['document_id']}")
            suspended = operate(
                "PATCH", "/api/v1/admin/clients/globex", json={"status": "suspended"}
            )
            dropped = operate("DELETE", "/api/v1/admin/clients/globex")
            receipt = operate("GET", f"/api/v1/admin/deletions/{dropped.json()['deletion_id']}")
            filled = [path.name for path in (disk / "data" / "reserve").iterdir()]

        assert (refused.status_code, refused.json()["code"]) == (503, "storage_full")
        assert status.json()["status"] == "succeeded"
        assert (deleted.status_code, deleted.json()["verified"]) == (200, True)
        assert (suspended.status_code, suspended.json()["status"]) == (200, "suspended")
        assert (dropped.status_code, receipt.json()["verified"]) == (202, True)
        assert filled
        recovers(server, "data_folder")
        upload(server, acme, "again.txt", b"There is room again.")


def test_health_and_readiness_follow_the_machine(disk: Path) -> None:
    data = disk / "data"
    foreign = b'{"1":"' + b"QUJD" * 11 + b'"}'
    with serving(data) as server:
        server.create_client("acme")
        recovers(server, "data_folder")

        with full(disk):
            fails(server, "data_folder", "storage_full")
        recovers(server, "data_folder")
        with read_only(data):
            fails(server, "data_folder", "storage_read_only")
        recovers(server, "data_folder")
        with replaced(data / "pepper.json", b"{"):
            fails(server, "pepper", "storage_corrupt")
        recovers(server, "pepper")
        with replaced(data / "pepper.json", foreign):
            fails(server, "pepper", "storage_lost")
        recovers(server, "pepper")
        with newer(data / "control.db"):
            fails(server, "sqlite", "storage_newer")
        recovers(server, "sqlite")
        damage(data / "control.db")
        fails(server, "sqlite", "storage_corrupt")
        assert server.http.get("/livez").status_code == 200
