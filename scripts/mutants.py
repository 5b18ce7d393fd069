"""Mutate the domain and the isolation seams; write which faults the tests miss: `make mutants`.

A copy of the sources and tests is made in `.mutants`; mutmut changes one operator, constant or
argument at a time there and runs the fast tests that reach it, group by group. Of each group a
sample is tried (the first by SHA-256 of their names). Survivors are written to docs/mutants.md,
with the reasons that `tests/mutants.tsv` gives. Ends with 1 if fewer than 90 % were killed. ARGS:
`--sample 60` of each group, `--minutes 20` for all, `--groups jobs keys` prints these alone.
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

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".mutants"
REASONS = ROOT / "tests" / "mutants.tsv"
PAGE = ROOT / "docs" / "mutants.md"
LEAST = 0.9


@dataclass(frozen=True)
class Group:
    """Files of `src/ragtenancy` that are mutated together, and the fast tests of `tests` for them."""

    files: Sequence[str]
    tests: Sequence[str]


GROUPS: Mapping[str, Group] = {
    "keys": Group(
        ["domain/api_keys", "domain/principals", "domain/tenants"],
        [
            "unit/domain/test_api_keys.py",
            "unit/domain/test_tenants.py",
            "unit/domain/test_guards.py",
        ],
    ),
    "requests": Group(
        ["http/auth", "app/api_keys", "persistence/cursors"],
        ["unit/http", "http/test_credentials.py", "contract/test_api_key_repository.py"],
    ),
    "jobs": Group(
        ["domain/jobs", "domain/queueing", "domain/idempotency"],
        [
            "unit/domain/test_jobs.py",
            "unit/domain/test_queueing.py",
            "unit/domain/test_idempotency.py",
            "contract/test_job_repository.py",
        ],
    ),
    "documents": Group(
        ["domain/documents", "domain/deletions", "domain/conversations", "domain/manifest"],
        [
            "unit/domain/test_documents.py",
            "unit/domain/test_deletions.py",
            "unit/domain/test_conversations.py",
            "unit/domain/test_manifest.py",
        ],
    ),
    "answers": Group(
        [
            "domain/grounding",
            "domain/support",
            "domain/safe_text",
            "domain/code_fences",
            "domain/visible_text",
            "domain/citations",
            "domain/prompting",
        ],
        [
            "unit/domain/test_grounding.py",
            "unit/domain/test_safe_text.py",
            "unit/domain/test_code_fences.py",
            "unit/domain/test_visible_text.py",
            "unit/domain/test_citations.py",
            "unit/domain/test_prompting.py",
        ],
    ),
    "search": Group(
        ["domain/ranking", "domain/relevance", "domain/hits", "domain/query", "domain/chunking"],
        [
            "unit/domain/test_ranking.py",
            "unit/domain/test_relevance.py",
            "unit/domain/test_query.py",
            "unit/domain/test_chunking.py",
            "unit/domain/test_chunks.py",
        ],
    ),
    "webhooks": Group(
        ["domain/webhooks", "domain/webhook_targets"], ["unit/domain/test_webhooks.py"]
    ),
    "stores": Group(
        [
            "adapters/memory/client",
            "adapters/memory/documents",
            "adapters/memory/vectors",
            "adapters/sqlite/documents",
            "adapters/sqlite/chunks",
            "adapters/sqlite/jobs",
            "adapters/sqlite/conversations",
            "adapters/sqlite/expiring",
            "adapters/files/blobs",
            "adapters/files/durable",
            "lru_cache",
        ],
        [
            "contract/test_document_repository.py",
            "contract/test_chunk_repository.py",
            "contract/test_job_repository.py",
            "contract/test_conversation_repository.py",
            "contract/test_idempotency_store.py",
            "contract/test_blob_store.py",
            "contract/test_vector_index.py",
            "unit/adapters/files",
            "unit/test_lru_cache.py",
        ],
    ),
}
# What pytest's exit status, or the runner's, says of a mutant.
KILLED = {1, 3, -11, -9, -24, 24, 36, 152, 255}
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
        """The number of mutants that a test noticed."""
        return sum(code in KILLED for code in self.codes.values())

    @property
    def share(self) -> float:
        """The share of killed mutants among those that a test reaches."""
        return self.killed / max(1, self.killed + len(self.survivors))


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


def sampled(names: Sequence[str], count: int) -> list[str]:
    """Return the first names by SHA-256."""
    return sorted(names, key=lambda name: sha256(name.encode()).hexdigest())[:count]


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


def tried(group: Group, sample: int, children: int, until: float) -> tuple[Outcome, int]:
    """Try a sample of a group's mutants; return what became of them, and how many there are."""
    copied(group)
    first = f"ragtenancy.{group.files[0].replace('/', '.')}.*__mutmut_1"
    run([first], children, until)
    every = known()
    names = sampled(list(every), sample)
    run(names, children, until)
    codes = {
        name: code for name, code in known().items() if code is not None and name in set(names)
    }
    return Outcome(codes), len(every)


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


def page(figures: Sequence[str], survivors: Sequence[str], unreached: Sequence[str]) -> str:
    """Return the page about the last run."""
    counts = Counter(map(function_of, unreached))
    return "\n".join(
        [
            "# Mutants",
            "",
            "`make mutants` changes one operator, constant or argument at a time in the domain's",
            "rules and where tenants are kept apart, and runs the fast tests that reach it. It wrote",
            "this page. Of each group a sample is tried, the first by SHA-256 of their names.",
            "",
            "| group | mutants | tried | killed | survived | not reached by these tests |",
            "|---|---|---|---|---|---|",
            *figures,
            "",
            "| function | is | became | why it survives |",
            "|---|---|---|---|",
            *survivors,
            "",
            "Not reached by these tests, but by slower ones:",
            "",
            *(f"- `{function}` ({count})" for function, count in sorted(counts.items())),
            "",
        ]
    )


def _code(text: str) -> str:
    return f"`` {text.replace('|', chr(92) + '|')} ``" if text else ""


def main() -> int:
    """Run, write the page, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=60, help="of each group (default: 60)")
    parser.add_argument("--minutes", type=float, default=20, help="for all (default: 20)")
    parser.add_argument("--children", type=int, default=2, help="at once (default: 2)")
    parser.add_argument("--groups", nargs="*", default=list(GROUPS), choices=list(GROUPS))
    given = parser.parse_args()
    until = time.monotonic() + 60 * given.minutes
    figures, survivors = [], []
    codes: dict[str, int] = {}
    for name in given.groups:
        outcome, count = tried(GROUPS[name], given.sample, given.children, until)
        row = [name, count, len(outcome.codes), outcome.killed, len(outcome.survivors)]
        figures.append(f"| {' | '.join(map(str, row))} | {len(outcome.unreached)} |")
        print(figures[-1], flush=True)
        survivors += rows_of(outcome)
        codes |= outcome.codes
    whole = Outcome(codes)
    if given.groups == list(GROUPS):
        PAGE.write_text(page(figures, survivors, whole.unreached))
    else:
        print("\n".join([*survivors, *whole.unreached]))
    print(f"{len(codes)} mutants tried: {whole.share:.1%} of those that a test reaches were killed")
    return int(whole.share < LEAST)


if __name__ == "__main__":
    sys.exit(main())
