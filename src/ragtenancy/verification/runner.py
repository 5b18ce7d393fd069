"""Running every check against one installation, and cleaning up behind them."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from secrets import token_hex

import msgspec

from ragtenancy.container import Container
from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.verification import data_checks, inner_checks, route_checks
from ragtenancy.verification.exchange import Installation
from ragtenancy.verification.parties import absent_ids, plant, removed
from ragtenancy.verification.report import CheckResult, Verification
from ragtenancy.verification.routes import route_table
from ragtenancy.verification.scene import Notes, Scene
from ragtenancy.verification.times import times
from ragtenancy.version import __version__

Check = Callable[[Scene, Notes], Awaitable[None]]
Told = Callable[[CheckResult], None]

CHECKS: Sequence[tuple[Check, Sequence[str]]] = (
    (data_checks.control, ("T16",)),
    (route_checks.route_cases, ("T12",)),
    (route_checks.foreign_ids, ("T01", "T13", "T14", "T15")),
    (route_checks.named_elsewhere, ("T01", "T02", "T03", "T06")),
    (route_checks.credentials, ("T10", "T11", "T12")),
    (route_checks.scopes, ("T12",)),
    (route_checks.errors, ("T21", "T64")),
    (route_checks.open_routes, ("T20", "T21")),
    (route_checks.unknown_paths, ("T08", "T64")),
    (data_checks.answers, ("T06", "T16", "T31")),
    (data_checks.mcp, ("T01", "T14")),
    (data_checks.unchanged, ("T15", "T71")),
    (data_checks.same_names, ("T02", "T15", "T70")),
    (data_checks.lists, ("T01",)),
    (data_checks.mixed_jobs, ("T17", "T18")),
    (data_checks.streams, ("T18", "T19")),
    (data_checks.scores, ("T16",)),
    (times, ("T09", "T13", "T87")),
)
LAST: tuple[Check, Sequence[str]] = (data_checks.recreated, ("T85",))


async def verify(
    installation: Installation,
    *,
    called: str,
    container: Container | None = None,
    told: Told = lambda _: None,
    until_found: bool = False,
) -> Verification:
    """Plant two canary tenants, run every check, remove both tenants; return what was found.

    With the `container` behind the installation, its stores and its log are checked too; `told`
    is called with each result. With `until_found`, the first check that finds something is the
    last. Raises `UnavailableError` if the installation does not reply, `SetUpError` if it cannot
    be prepared.
    """
    run, started = token_hex(4), datetime.now(UTC)
    operations = await route_table(installation)
    names = [f"verify-{run}-{part}" for part in ("intruder", "victim")]
    results: list[CheckResult] = []
    with ExitStack() as stack:
        lines = stack.enter_context(inner_checks.logged()) if container is not None else []
        try:
            scene = await _scene(installation, run, names, operations)
            inner = () if container is None else _inner(container, lines)
            for check, threats in (*CHECKS, *inner, LAST):
                results.append(await _made(check, threats, scene))
                told(results[-1])
                if until_found and results[-1].findings:
                    break
        finally:
            left = await removed(installation, names)
    if left and not until_found:
        results.append(_left_over(left))
        told(results[-1])
    return Verification(
        version=__version__,
        installation=called,
        started_at=started,
        ended_at=datetime.now(UTC),
        routes=len(operations),
        requests=installation.requests,
        checks=results,
        notes=[*scene.victim.missing],
    )


async def _scene(
    installation: Installation, run: str, names: Sequence[str], operations: Sequence[object]
) -> Scene:
    chance = random.Random(run)  # noqa: S311 - canaries are no secrets
    intruder = await plant(installation, names[0], "amber windmill", chance)
    victim = await plant(installation, names[1], "obsidian lighthouse", chance)
    scene = Scene(
        installation=installation,
        operations=operations,  # type: ignore[arg-type]
        intruder=intruder,
        victim=victim,
        absent=absent_ids(run),
    )
    scene.before = await data_checks.state_of(scene, victim)
    return scene


async def _made(check: Check, threats: Sequence[str], scene: Scene) -> CheckResult:
    """Run one check; one that cannot be completed has found something."""
    notes, started = Notes(), time.perf_counter()
    try:
        await check(scene, notes)
    except RagTenancyError as error:
        notes.judge("the check could not be completed", [error.detail])
    except (msgspec.MsgspecError, LookupError, TypeError, AttributeError) as error:
        notes.judge("a reply was not understood", [f"{type(error).__name__}: {error}"])
    return CheckResult(
        name=check.__name__,
        title=str(check.__doc__).splitlines()[0],
        threats=threats,
        probes=notes.probes,
        findings=notes.findings,
        seconds=time.perf_counter() - started,
        skipped=notes.skipped,
        measured=notes.measured,
    )


def _inner(container: Container, lines: Sequence[str]) -> Sequence[tuple[Check, Sequence[str]]]:
    """Return the checks from inside."""

    async def stores(scene: Scene, notes: Notes) -> None:
        """Through its port, each store gives one tenant's scope nothing of another's."""
        await inner_checks.stores(scene, notes, container)

    async def log(scene: Scene, notes: Notes) -> None:
        """No line that was logged holds anything that a tenant stored, said or was given."""
        inner_checks.log_lines(scene, notes, lines)

    return (stores, ("T05", "T07", "T17")), (log, ("T20",))


def _left_over(left: Sequence[str]) -> CheckResult:
    return CheckResult(
        name="clean_up",
        title="The canary tenants are removed.",
        threats=(),
        probes=len(left),
        findings=[f"{client_id} may not have been removed; delete it" for client_id in left],
        seconds=0.0,
    )
