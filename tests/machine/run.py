"""Play the state machine: `python -m tests.machine.run --steps 50000`, or `--seconds 3600`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.machine import Clients, Tally
from tests.machine.servers import Servers

STEPS_EACH = 200  # of an example, which begins with new clients
MOST_STEPS = 2_000  # until a sabotage must be noticed
REACHABLE = (
    *("documents.get", "documents.find", "documents.page", "conversations.get"),
    *("conversations.page", "jobs.get", "jobs.page", "webhooks.every", "manifests", "search"),
    *("configs", "idempotency", "vector_stores", "principals", "revocation", "operators"),
    *("refusal.status", "jobs.context", "streams", "deletion.heir"),
)  # of the seams that are known: those that a caller of the public API can tell by what it gets


def play(
    folder: Path,
    first_seed: int,
    goes_on: Callable[[Tally], bool],
    sabotage: str | None = None,
) -> Tally:
    """Play examples as long as `goes_on` says, or until something is violated."""
    tally = Tally()
    chosen = settings(
        max_examples=1,
        stateful_step_count=STEPS_EACH,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    with Servers(folder, sabotage) as servers:

        class Machine(Clients):
            pass

        Machine.servers, Machine.tally = servers, tally
        tally.seed = first_seed
        while goes_on(tally):
            try:
                run_state_machine_as_test(seed(tally.seed)(Machine), settings=chosen)
            except Exception:
                if tally.violated is None:
                    raise
                break
            tally.seed += 1
        tally.kills = servers.kills
    return tally


def report(tally: Tally, seconds: float) -> str:
    """Return what was done, in lines, and what was violated."""
    steps = "\n".join(f"  {name:36}{count:7}" for name, count in sorted(tally.steps.items()))
    done = (
        f"{steps}\n{tally.total} steps and {tally.replies} replies in {seconds:.0f} s, "
        f"{tally.total / seconds:.0f} steps a second; {tally.kills} processes killed"
    )
    if tally.violated is None:
        return f"{done}; 0 leaks, 0 lost"
    last = " > ".join(tally.story[-20:])
    return f"{done}\n\n{tally.violated}\nafter: {last}\nagain: --seed {tally.seed} --steps 1"


def sabotaged(name: str) -> str:
    """Play on broken servers; return what was violated, and after how many steps."""
    with TemporaryDirectory(prefix="machine-") as folder:
        try:
            tally = play(Path(folder), 1, lambda now: now.total < MOST_STEPS, name)
        except AssertionError as error:
            return f"the servers do not start: {str(error).splitlines()[0][:100]}"
    if tally.violated is None:
        return f"not noticed in {tally.total} steps"
    return f"{tally.total} steps: {tally.violated.splitlines()[0][:100]}"


def main() -> int:
    """Play what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=2_000)
    parser.add_argument("--seconds", type=float, help="play so long instead")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sabotages", nargs="*", help="break these seams, or all in reach")
    given = parser.parse_args()
    if given.sabotages is not None:
        for each in given.sabotages or REACHABLE:
            print(f"{each:22} {sabotaged(each)}", flush=True)
        return 0
    started = time.monotonic()

    def goes_on(tally: Tally) -> bool:
        if given.seconds:
            return time.monotonic() - started < float(given.seconds)
        return tally.total < int(given.steps)

    with TemporaryDirectory(prefix="machine-") as folder:
        tally = play(Path(folder), given.seed, goes_on)
    print(report(tally, time.monotonic() - started))
    return int(tally.violated is not None)


if __name__ == "__main__":
    sys.exit(main())
