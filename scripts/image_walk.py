"""Run an image's file system as the image says and walk through the API from another network.

The process has a network namespace, a mount namespace and a process namespace of its own; only
/data and /tmp can be written. The walk asks over a pair of virtual interfaces.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from ragtenancy.demo.clients import guide

BILLING = "Billing_and_Refunds.docx"
OPERATOR = "operator-key-of-the-image-walk-0123456789"
OUTSIDE, INSIDE = "10.231.77.1", "10.231.77.2"
SPACE = "ragtenancy-image"
APART = ("ip", "netns", "exec", SPACE, *(["unshare", "--mount", "--pid", "--fork", "--kill-child"]))
PORT = 8000
TIMEOUT_SECONDS = 60
FORBIDDEN = (".env", ".git", "requirements.lock", "pip.conf")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--image", type=Path, required=True)
    given = parser.parse_args()
    image = json.loads(given.image.read_text())["Docker"]["config"]
    check_settings(image)
    check_files(given.root)
    with tempfile.TemporaryDirectory() as data, network():
        process = start(given.root, image, Path(data))
        try:
            walk(f"http://{INSIDE}:{PORT}")
            check_process(process, image)
        finally:
            stop(process)
    print(f"image-walk: {size(given.root) / 1e6:.0f} MB, every step holds")


def check_settings(image: Mapping[str, Any]) -> None:
    """The image runs as an ordinary user, and holds no secret."""
    expect(image["User"] == "10001:10001", f"it runs as {image['User']}")
    expect("Healthcheck" in image, "it has no health check")
    named = [line for line in image["Env"] if "KEY" in line or "SECRET" in line]
    expect(not [line for line in named if not line.endswith("=")], f"it holds {named}")


def check_files(root: Path) -> None:
    """Nothing of the repository is in it but the package."""
    found = [p for n in FORBIDDEN for p in (root / "data", root / "src", root) if (p / n).exists()]
    expect(not found, f"{found} are in it")
    expect(not list(root.glob("opt/*/bin/pip*")), "pip is in it")


@contextmanager
def network() -> Iterator[None]:
    """Make a network namespace that a pair of virtual interfaces joins to this one."""
    run("ip", "netns", "add", SPACE)
    try:
        run("ip", "link", "add", "rt-out", "type", "veth", "peer", "name", "rt-in", "netns", SPACE)
        run("ip", "addr", "add", f"{OUTSIDE}/30", "dev", "rt-out")
        run("ip", "link", "set", "rt-out", "up")
        inside = ("ip", "-n", SPACE)
        run(*inside, "addr", "add", f"{INSIDE}/30", "dev", "rt-in")
        run(*inside, "link", "set", "rt-in", "up")
        run(*inside, "link", "set", "lo", "up")
        yield
    finally:
        run("ip", "netns", "del", SPACE)


def start(root: Path, image: Mapping[str, Any], data: Path) -> subprocess.Popen[bytes]:
    """Run the image's command in its file system, which it cannot change but for /data and /tmp."""
    os.chown(data, 10001, 10001)
    mounts = (
        f"mount --bind {shlex.quote(str(root))} {shlex.quote(str(root))}",
        f"cd {shlex.quote(str(root))}",
        f"[ ! -e data ] || mount --bind {shlex.quote(str(data))} data",
        "mount -t tmpfs tmpfs tmp && chmod 1777 tmp",
        "mount -t proc proc proc",
        "mount -t tmpfs tmpfs dev && mknod -m 666 dev/null c 1 3 && mknod -m 666 dev/urandom c 1 9",
        f"mount -o remount,ro,bind {shlex.quote(str(root))}",
    )
    environment = [*image["Env"], f"ADMIN_API_KEY={OPERATOR}"]
    command = " ".join(map(shlex.quote, [*(image.get("Entrypoint") or ()), *image["Cmd"]]))
    folder = shlex.quote(image["WorkingDir"])
    variables = " ".join(map(shlex.quote, environment))
    inner = f"exec chroot --userspec={image['User']} . env -i {variables} sh -c 'cd {folder} && exec {command}'"
    return subprocess.Popen(
        [*APART, "sh", "-euc", "; ".join((*mounts, inner))],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def walk(url: str) -> None:
    """Make two clients, upload, ask; each answers from its own documents alone."""
    with httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False) as http:
        until(lambda: alive(http), "the service to live")
        acme, globex = (client(http, name, OPERATOR) for name in ("acme", "globex"))
        job = upload(http, acme)
        until(lambda: status(http, acme, job) == "succeeded", "the document to be ingested")
        told = ask(http, acme)
        expect("30 days" in told["answer"], f"the answer was {told['answer']!r}")
        expect(told["sources"][0]["filename"] == BILLING, "the source is another")
        expect(not ask(http, globex)["sources"], "another client sees the document")


def check_process(process: subprocess.Popen[bytes], image: Mapping[str, Any]) -> None:
    """It runs as the image's user, and its health check passes where it runs."""
    running = child_of(process.pid)
    status_lines = Path(f"/proc/{running}/status").read_text().splitlines()
    uids = next(line.split()[1:] for line in status_lines if line.startswith("Uid:"))
    expect(set(uids) == {"10001"}, f"it runs as {uids}")
    test = image["Healthcheck"]["Test"][1:]
    entered = ["nsenter", "--target", str(running), "--net", "--mount", "--pid", "--root"]
    variables = ["env", "-i", *image["Env"]]
    done = subprocess.run([*entered, *variables, *test], check=False, capture_output=True)
    expect(done.returncode == 0, f"the health check fails: {done.stderr.decode()[-300:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, as an orchestrator does, and wait ten seconds."""
    os.kill(child_of(process.pid), signal.SIGTERM)
    expect(process.wait(timeout=10) in (0, -signal.SIGTERM, 143), "it did not end in order")


def child_of(pid: int) -> int:
    """Return the youngest of a process's line."""
    while children := Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        pid = int(children[0])
    return pid


def alive(http: httpx.Client) -> bool:
    try:
        return http.get("/livez").status_code == 200
    except httpx.TransportError:
        return False


def client(http: httpx.Client, client_id: str, operator: str) -> str:
    body = {"client_id": client_id, "name": client_id.title()}
    reply = http.post("/api/v1/admin/clients", json=body, headers={"X-API-Key": operator})
    return str(reply.raise_for_status().json()["api_key"])


def upload(http: httpx.Client, key: str) -> str:
    files = {"file": (BILLING, guide(BILLING))}
    reply = http.post("/api/v1/ingest/document", files=files, headers={"X-API-Key": key})
    return str(reply.raise_for_status().json()["job_id"])


def status(http: httpx.Client, key: str, job_id: str) -> str:
    reply = http.get(f"/api/v1/ingest/status/{job_id}", headers={"X-API-Key": key})
    return str(reply.raise_for_status().json()["status"])


def ask(http: httpx.Client, key: str) -> Mapping[str, Any]:
    body = {"message": "How long is the refund period?"}
    reply = http.post("/api/v1/chat", json=body, headers={"X-API-Key": key})
    told: Mapping[str, Any] = reply.raise_for_status().json()
    return told


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not holds():
        expect(time.monotonic() < deadline, f"waited {TIMEOUT_SECONDS} s for {what}")
        time.sleep(0.1)


def size(root: Path) -> int:
    return sum(p.lstat().st_size for p in root.rglob("*") if not p.is_symlink() and p.is_file())


def expect(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - what is expected
    if not holds:
        sys.exit(f"{Path(sys.argv[0]).stem}: {otherwise}")


def run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
