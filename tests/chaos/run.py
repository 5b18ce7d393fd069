"""Kill, stop and check: `python -m tests.chaos.run --kills 2000`; `--mutants` for seeded faults."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.chaos.episodes import KILLS_EACH, episode
from tests.chaos.mutants import MUTANTS
from tests.chaos.roles import warm_up
from tests.chaos.schedules import is_sound


def chaos(kills: int, seed: int) -> bool:
    """Play episodes until there were enough kills; tell whether nothing was violated."""
    done = stops = 0
    started = time.monotonic()
    while done < kills:
        tally = episode(seed)
        done, stops, seed = done + tally.kills, stops + tally.stops, seed + 1
        if tally.violations:
            print(f"\nseed {tally.seed}: {tally.violations}\nagain: --seed {tally.seed} --kills 1")
            return False
        seconds = time.monotonic() - started
        print(f"\r{done} kills, {stops} stops, {seconds:.0f} s ", end="", flush=True)
    print(f"\nNothing was lost, doubled, half visible or left over. Next seed: {seed}.")
    return True


def mutants(seed: int, episodes: int) -> bool:
    """Print what catches each seeded fault; tell whether every one was caught."""
    print(f"| fault | caught | kills | by |\n|---|---|---:|---|\n{'| none ' + verdict(seed)}")
    caught = True
    for name, mutate in MUTANTS.items():
        kills, violation = 0, ""
        for offset in range(episodes):
            tally = episode(seed + offset, mutate=mutate)
            kills += tally.kills
            violation = tally.violations.splitlines()[-1] if tally.violations else ""
            if violation:
                break
        caught &= bool(violation)
        print(
            f"| {name} | {'yes' if violation else 'NO'} | {kills} | {violation[:90]} |", flush=True
        )
    return caught


def schedules(count: int, seed: int) -> bool:
    """Play random schedules of clients of one document; tell whether all were linearizable."""
    for storage in ("memory", "sqlite"):
        for number in range(seed, seed + count):
            with TemporaryDirectory(prefix="chaos-") as folder:
                if not asyncio.run(is_sound(number, storage, Path(folder))):
                    print(f"\n{storage}: schedule {number} is not linearizable")
                    return False
            if number % 100 == 0:
                print(f"\r{storage}: {number - seed} schedules ", end="", flush=True)
        print(f"\r{storage}: {count} schedules, all linearizable")
    return True


def verdict(seed: int) -> str:
    """Return the row of the protocol as it is."""
    tally = episode(seed)
    return f"| {'YES' if tally.violations else 'no'} | {tally.kills} | {tally.violations[:90]} |"


def main() -> None:
    """Play what is asked for; the exit status tells the outcome."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutants", action="store_true")
    parser.add_argument("--episodes", type=int, default=24, help="for each mutant, at most")
    parser.add_argument("--schedules", type=int, default=0, help="of clients of one document")
    asked = parser.parse_args()
    print(f"{KILLS_EACH} kills an episode, seed {asked.seed}")
    warm_up()
    if asked.schedules:
        sys.exit(0 if schedules(asked.schedules, asked.seed) else 1)
    done = mutants(asked.seed, asked.episodes) if asked.mutants else chaos(asked.kills, asked.seed)
    sys.exit(0 if done else 1)


if __name__ == "__main__":
    main()
