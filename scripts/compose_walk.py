"""Bring compose.yaml up whole and walk through it as its users do.

Asks over the published port, kills a worker amid its jobs, takes everything down and up again, and
expects the data to be there. `podman` and `podman-compose` are those that make_compose_walk.sh set
up; the project, its network and its volume are removed at the end.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence

import httpx
from console_image_walk import lives as console_lives
from image_walk import BILLING, alive, ask, client, expect, status, until, upload

OPERATOR = "operator-key-of-the-compose-walk-012345678"
PROJECT = "ragtenancy-walk"
SERVICES = {"api": 1, "worker": 2, "redis": 1, "console": 1}
UPLOADS = 12
TAKE_OVER_SECONDS = 90  # a lease of 30 s, and the work
USER = "10001"
STARTED = time.monotonic()


def main() -> None:
    port, console_port = free_port(), free_port()
    environment = {
        **os.environ,
        "ADMIN_API_KEY": OPERATOR,
        "RAGTENANCY_PUBLISH": f"127.0.0.1:{port}",
        "RAGTENANCY_CONSOLE_PUBLISH": f"127.0.0.1:{console_port}",
    }
    try:
        compose(environment, "up", "-d", *SERVICES)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as http:
            acme = walk(http)
            check_console(f"http://127.0.0.1:{console_port}", acme)
            say("take everything down, and up again")
            compose(environment, "down")
            compose(environment, "up", "-d", *SERVICES)
            until(lambda: alive(http), "the service to live again")
            expect("30 days" in ask(http, acme)["answer"], "the document is gone")
    finally:
        compose(environment, "down", "-v")
    say("compose-walk: every step holds")


def walk(http: httpx.Client) -> str:
    """Ask, look at the containers, kill a worker; return a client's key."""
    until(lambda: alive(http), "the service to live")
    acme = client(http, "acme", OPERATOR)
    say("upload a document and ask")
    job = upload(http, acme)
    until(lambda: status(http, acme, job) == "succeeded", "the document to be ingested")
    told = ask(http, acme)
    expect("30 days" in told["answer"], f"the answer was {told['answer']!r}")
    expect(told["sources"][0]["filename"] == BILLING, "the source is another")
    check_containers()
    kill_a_worker(http)
    return acme


def check_containers() -> None:
    """Each service has its containers, an ordinary user, a root that cannot be written, a volume."""
    say("look at the containers")
    for service, count in SERVICES.items():
        names = containers(service)
        expect(len(names) == count, f"{service} has {len(names)} containers")
        for name in names:
            described = json.loads(podman("inspect", name))[0]
            expect(described["HostConfig"]["ReadonlyRootfs"], f"{name} can write its root")
            expect(podman("exec", name, "id", "-u").strip() != "0", f"{name} runs as root")
    api = containers("api")[0]
    expect(podman("exec", api, "id", "-u").strip() == USER, "the API runs as another user")
    podman("exec", api, "sh", "-c", "! touch /opt/x 2>/dev/null && touch /tmp/x /data/.x")
    for name in (api, *containers("redis"), *containers("console")):
        podman("healthcheck", "run", name)


def check_console(url: str, key: str) -> None:
    """The console serves its page, and reaches the API by its name."""
    say("look at the console")
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as http:
        until(lambda: console_lives(http), "the console to live")
        expect("streamlit" in http.get("/").text.lower(), "the console's page is another")
    asked = f"from ragtenancy.client import Client; print(Client(api_key={key!r}).view().client_id)"
    told = podman("exec", containers("console")[0], "python", "-c", asked)
    expect(told.strip() == "acme", f"the console is told {told!r}")


def kill_a_worker(http: httpx.Client) -> None:
    """Kill one of two workers while many clients' documents wait; all are ingested."""
    say(f"upload {UPLOADS} documents and kill a worker")
    keys = [client(http, f"client-{number}", OPERATOR) for number in range(UPLOADS)]
    jobs = [(key, upload(http, key)) for key in keys]
    podman("kill", "--signal", "KILL", containers("worker")[0])
    waiting = [state for state in states(http, jobs) if state != "succeeded"]
    expect(bool(waiting), "every document was ingested before the worker was killed")
    deadline = time.monotonic() + TAKE_OVER_SECONDS
    while set(states(http, jobs)) != {"succeeded"}:
        expect(time.monotonic() < deadline, f"jobs are {states(http, jobs)}")
        time.sleep(0.5)


def states(http: httpx.Client, jobs: Sequence[tuple[str, str]]) -> Sequence[str]:
    return [status(http, key, job) for key, job in jobs]


def containers(service: str) -> Sequence[str]:
    """Return the names of a service's running containers."""
    labels = (("project", PROJECT), ("service", service))
    filters = [f"--filter=label=com.docker.compose.{key}={value}" for key, value in labels]
    return podman("ps", *filters, "--format", "{{.Names}}").split()


def compose(environment: Mapping[str, str], *arguments: str) -> None:
    say(f"podman-compose {' '.join(arguments)}")
    command = ["podman-compose", "-p", PROJECT, "-f", "compose.yaml", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    expect(done.returncode == 0, f"{arguments} failed:\n{done.stdout}{done.stderr}")


def podman(*arguments: str) -> str:
    done = subprocess.run(["podman", *arguments], capture_output=True, text=True, check=False)
    expect(done.returncode == 0, f"podman {' '.join(arguments)}: {done.stderr[-500:]}")
    return done.stdout


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def say(step: str) -> None:
    print(f"{time.monotonic() - STARTED:4.0f} s  {step}", flush=True)


if __name__ == "__main__":
    main()
