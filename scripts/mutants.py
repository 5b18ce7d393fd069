"""Mutate the domain and the isolation seams; write which faults the tests miss: `make mutants`.

A copy of the sources and tests is made in `.mutants`; mutmut changes one operator, constant or
argument at a time there and runs the fast tests that reach it, group by group. Of each group a
sample is tried (the first by SHA-256 of `--seed` and their names), in batches, each group within
its share of the time that is left; a batch that the time cuts short does not count. A mutant that
ran out of time is tried again alone, and is killed only if it does so again. Survivors are written
to docs/mutants.md, with the reasons that `tests/mutants.tsv` gives. Then the faults of
`tests/planted_faults.tsv` are planted. Ends with 1 if a group's tests killed fewer than 90 % of
what they reach, or missed a planted fault. ARGS: `--sample 60` of each group, `--minutes 20` for
all mutants, `--seed 1`, `--groups jobs keys` prints these alone.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from scripts import planted_faults
from scripts.mutant_groups import GROUPS, Group

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".mutants"
REASONS = ROOT / "tests" / "mutants.tsv"
PAGE = ROOT / "docs" / "mutants.md"
FAULTS = ROOT / "tests" / "planted_faults.tsv"
LEAST = 0.9
BATCH = 20
HEADER = (
    "| group | mutants | tried | killed | of these out of time | survived | no verdict "
    "| not reached | share |"
)


# What pytest's exit status, or the runner's, says of a mutant. Any other is no verdict.
KILLED = {1, 3}
TIMED_OUT = {-24, 24, 36, 152, 255}
UNREACHED = {5, 33}
SURVIVED = 0


@dataclass(frozen=True)
class Outcome:
    """What became of the tried mutants, by name."""

    codes: Mapping[str, int]

    @property
    def survivors(self) -> Sequence[str]:
        """The mutants that no test noticed."""
        return sorted(name for name, code in self.codes.items() if code == SURVIVED)

    @property
    def unreached(self) -> Sequence[str]:
        """The mutants that no fast test reaches."""
        return sorted(name for name, code in self.codes.items() if code in UNREACHED)

    @property
    def killed(self) -> int:
        """The number of mutants that a test noticed, or that ran out of time twice."""
        return sum(code in KILLED | TIMED_OUT for code in self.codes.values())

    @property
    def timed_out(self) -> Sequence[str]:
        """The mutants whose tests ran out of time."""
        return sorted(name for name, code in self.codes.items() if code in TIMED_OUT)

    @property
    def unclear(self) -> Sequence[str]:
        """The mutants whose tests ended without a verdict, each with its exit status."""
        verdicts = KILLED | TIMED_OUT | UNREACHED | {SURVIVED}
        return sorted(
            f"{name}: {code}" for name, code in self.codes.items() if code not in verdicts
        )

    @property
    def share(self) -> float:
        """The share of killed mutants among those that a test reaches; 0 if none is reached."""
        return self.killed / max(1, len(self.codes) - len(self.unreached))


def copied(group: Group) -> None:
    """Copy sources and tests, and write mutmut's settings beside them."""
    shutil.rmtree(WORK, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("src", "tests"):
        shutil.copytree(ROOT / name, WORK / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, WORK / name)
    mutated = "\n    ".join(f"src/ragtenancy/{file}.py" for file in group.files)
    tests = "\n    ".join(f"tests/{test}" for test in group.tests)
    (WORK / "setup.cfg").write_text(
        f"[mutmut]\nsource_paths = src\nonly_mutate =\n    {mutated}\n"
        f"pytest_add_cli_args_test_selection =\n    {tests}\n"
        "pytest_add_cli_args =\n    -m\n    not emulator and not cloud and not alone\n"
    )


def run(names: Sequence[str], children: int, until: float) -> None:
    """Run mutmut on some mutants; interrupt it when the time is up."""
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(children), *names]
    with (WORK / "mutmut.log").open("a") as log:
        process = subprocess.Popen(command, cwd=WORK, stdout=log, stderr=subprocess.STDOUT)
        try:
            process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def known() -> dict[str, int | None]:
    """Return the exit status of every mutant, None for those that were not tried."""
    found: dict[str, int | None] = {}
    for meta in sorted((WORK / "mutants").rglob("*.meta")):
        found |= json.loads(meta.read_text())["exit_code_by_key"]
    return found


@dataclass(frozen=True)
class Sampling:
    """How many mutants of a group are tried, which, and how many at once."""

    count: int
    seed: str
    children: int


def sampled(names: Sequence[str], sample: Sampling) -> list[str]:
    """Return the first names by SHA-256 of the seed and the name."""
    ordered = sorted(names, key=lambda name: sha256(f"{sample.seed}:{name}".encode()).digest())
    return ordered[: sample.count]


def require_tests_ran(group: Group) -> None:
    """Raise `RuntimeError` unless tests of every file or folder of the group ran."""
    stats = WORK / "mutants" / "mutmut-stats.json"
    ran = json.loads(stats.read_text())["duration_by_test"] if stats.exists() else {}
    idle = [test for test in group.tests if not any(f"tests/{test}" in name for name in ran)]
    if idle:
        raise RuntimeError(f"No test ran of {', '.join(idle)}: see {WORK / 'mutmut.log'}")


def change(name: str) -> tuple[str, str]:
    """Return what a mutant replaces, and by what."""
    shown = subprocess.run(
        [sys.executable, "-m", "mutmut", "show", name], cwd=WORK, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    lines = [line for line in shown.stdout.splitlines() if not line.startswith(("---", "+++"))]
    removed = " ".join(line[1:].strip() for line in lines if line.startswith("-"))
    added = " ".join(line[1:].strip() for line in lines if line.startswith("+"))
    return removed, added


def reasons() -> dict[tuple[str, str], str]:
    """Return why a survivor is no gap, by its function and the changed line."""
    if not REASONS.exists():
        return {}
    rows = [line.split("\t") for line in REASONS.read_text().splitlines()[1:]]
    return {(function, added): reason for function, added, reason in rows}


def function_of(name: str) -> str:
    """Return the mutated function, without the mutant's number."""
    return name.rpartition("__mutmut_")[0].replace("ragtenancy.", "", 1).replace("ǁ", ".")


def tried(names: Sequence[str], children: int, until: float) -> Outcome:
    """Try mutants in batches until the time is up; return what became of them."""
    codes: dict[str, int] = {}
    for at in range(0, len(names), BATCH):
        batch = names[at : at + BATCH]
        run(batch, children, until)
        slow = [name for name in batch if known()[name] in TIMED_OUT]
        if slow:
            run(slow, 1, until)
        if time.monotonic() >= until:
            break
        codes |= {name: code for name in batch if (code := known()[name]) is not None}
    return Outcome(codes)


def listed(group: Group, until: float) -> list[str]:
    """Make the group's mutants, see that its tests pass and run, and return their names."""
    copied(group)
    run([f"ragtenancy.{group.files[0].replace('/', '.')}.*__mutmut_1"], 1, until)
    require_tests_ran(group)
    return list(known())


def judged(group: Group, sample: Sampling, until: float) -> tuple[Outcome, int]:
    """Try a sample of a group; return what became of it, and how many mutants there are.

    Nothing is tried, which fails the run, unless the group's tests pass and run in time.
    """
    try:
        names = listed(group, until)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return Outcome({}), len(known())
    return tried(sampled(names, sample), sample.children, until), len(names)


def rows_of(outcome: Outcome) -> list[str]:
    """Return a row of the table for each survivor."""
    why = reasons()
    lines = []
    for name in outcome.survivors:
        removed, added = change(name)
        function = function_of(name)
        reason = why.get((function, added), "not judged yet")
        lines.append(f"| `{function}` | {_code(removed)} | {_code(added)} | {reason} |")
    return lines


def planted() -> tuple[list[str], bool]:
    """Plant each fault; return a row for each, and whether all were noticed."""
    copied(GROUPS["keys"])
    done = list(planted_faults.try_each(planted_faults.read(FAULTS), WORK))
    rows = [
        f"| {fault.name} | `{fault.file}` | {'yes' if noticed else '**no**'} |"
        for fault, noticed in done
    ]
    return rows, all(noticed for _, noticed in done)


def page(
    conditions: str,
    figures: Sequence[str],
    survivors: Sequence[str],
    unreached: Sequence[str],
    faults: Sequence[str],
) -> str:
    """Return the page about the last run."""
    counts = Counter(map(function_of, unreached))
    return "\n".join(
        [
            "# Mutants",
            "",
            "`make mutants` changes one operator, constant or argument at a time in the domain's",
            "rules and where tenants are kept apart, and runs the fast tests that reach it. It wrote",
            "this page. Of each group a sample is tried, the first by SHA-256 of a seed and their",
            "names, in batches of 20; a batch that the time cut short does not count. A mutant that",
            "ran out of time was tried again alone, and counts as killed only if it did so again.",
            "Shares are of the mutants that the group's tests reach.",
            "",
            conditions,
            "",
            HEADER,
            "|---|---|---|---|---|---|---|---|---|",
            *figures,
            "",
            "| function | is | became | why it survives |",
            "|---|---|---|---|",
            *survivors,
            "",
            "Planted by hand, each in a copy of the sources:",
            "",
            "| fault | file | noticed |",
            "|---|---|---|",
            *faults,
            "",
            "Not reached by the group's tests, whatever other tests reach:",
            "",
            *(f"- `{function}` ({count})" for function, count in sorted(counts.items())),
            "",
        ]
    )


def _code(text: str) -> str:
    return f"`` {text.replace('|', chr(92) + '|')} ``" if text else ""


def row_of(name: str, count: int, outcome: Outcome) -> str:
    """Return the figures of a group."""
    cells = [name, count, len(outcome.codes), outcome.killed, len(outcome.timed_out)]
    cells += [len(outcome.survivors), len(outcome.unclear), len(outcome.unreached)]
    return f"| {' | '.join(map(str, cells))} | {outcome.share:.1%} |"


def main() -> int:
    """Run, write the page, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=60, help="of each group (default: 60)")
    parser.add_argument("--minutes", type=float, default=20, help="for all (default: 20)")
    parser.add_argument("--children", type=int, default=2, help="at once (default: 2)")
    parser.add_argument("--seed", default="1", help="of the samples (default: 1)")
    parser.add_argument("--groups", nargs="*", default=list(GROUPS), choices=list(GROUPS))
    given = parser.parse_args()
    sample = Sampling(given.sample, given.seed, given.children)
    until = time.monotonic() + 60 * given.minutes
    figures, survivors, total = [], [], 0
    outcomes: list[Outcome] = []
    for at, name in enumerate(given.groups):
        now = time.monotonic()
        end = now + (until - now) / (len(given.groups) - at)
        outcome, count = judged(GROUPS[name], sample, end)
        outcomes.append(outcome)
        total += count
        figures.append(row_of(name, count, outcome))
        print(figures[-1], flush=True)
        survivors += rows_of(outcome)
        print(*outcome.unclear, sep="\n", file=sys.stderr, flush=True)
    whole = Outcome({name: code for each in outcomes for name, code in each.codes.items()})
    figures.append(row_of("all", total, whole))
    faults, noticed = planted()
    conditions = (
        f"Seed {given.seed}, at most {given.sample} mutants of a group, "
        f"{given.minutes:g} minutes for all groups."
    )
    written = page(conditions, figures, survivors, whole.unreached, faults)
    if given.groups == list(GROUPS):
        PAGE.write_text(written)
    else:
        print(written)
    print(f"{len(whole.codes)} mutants tried: {whole.share:.1%} of those reached were killed")
    return int(not noticed or any(each.share < LEAST for each in outcomes))


if __name__ == "__main__":
    sys.exit(main())
