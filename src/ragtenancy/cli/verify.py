"""`ragtenancy verify-isolation`: canary clients attack each other through every route."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.installation import settings
from ragtenancy.cli.options import AsJson, DataDir
from ragtenancy.cli.output import counted, print_json, visible

if TYPE_CHECKING:
    from ragtenancy.verification.report import (
        CheckResult,
        SabotageResult,
        SelfTest,
        Verification,
    )

KEY_VARIABLE = "RAGTENANCY_OPERATOR_KEY"


def verify_isolation(
    url: Annotated[
        str | None,
        typer.Option(help="The running installation; without it, that of the data folder."),
    ] = None,
    operator_key: Annotated[
        str | None,
        typer.Option(
            envvar=KEY_VARIABLE, help="The operator's key, for --url.", show_default=False
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Also write the report as one page here.")
    ] = None,
    only_self: Annotated[
        bool,
        typer.Option(
            "--self-test", help="Break each known seam in memory; see that it is noticed."
        ),
    ] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Verify that no client of an installation reads, or learns anything of, another's data.

    Creates two clients, lets one attack the other through every route, and deletes both. The exit
    status is 1 if anything was found. Without --url, stores and log are checked from inside too.
    """
    if url is not None and not operator_key:
        raise typer.BadParameter(f"--url needs the operator's key, in {KEY_VARIABLE}.")
    if only_self:
        tested = _self_tested(shown=not as_json)
        found = tested.control
    else:
        tested = None
        found = verified(url, operator_key or "", data_dir, shown=not as_json)
    if html is not None:
        from ragtenancy.verification.page import as_page

        html.write_text(as_page(found, tested), encoding="utf-8")
    if as_json:
        print_json(found if tested is None else tested)
    else:
        _print_end(found, tested)
    if not (found if tested is None else tested).passed:
        raise typer.Exit(1)


def verified(
    url: str | None, operator_key: str, data_dir: Path | None, *, shown: bool
) -> Verification:
    """Verify the installation at a URL or, without one, that of the data folder."""
    from ragtenancy.container import Container
    from ragtenancy.telemetry import configure_logging
    from ragtenancy.verification.exchange import at_address
    from ragtenancy.verification.runner import verify
    from ragtenancy.verification.self_test import served

    configure_logging("error", "console")
    told = _print_check if shown else _silent

    async def remote(address: str) -> Verification:
        async with at_address(address, operator_key) as installation:
            return await verify(installation, called=address, told=told)

    async def local() -> Verification:
        chosen = settings(data_dir)
        container = Container(settings=chosen)
        async with served(container) as installation:
            return await verify(
                installation, called=str(chosen.data_dir), container=container, told=told
            )

    return asyncio.run(local() if url is None else remote(url))


def _self_tested(*, shown: bool) -> SelfTest:
    from ragtenancy.telemetry import configure_logging
    from ragtenancy.verification.report import SabotageResult
    from ragtenancy.verification.self_test import self_test

    configure_logging("critical", "console")

    def told(result: Verification | SabotageResult) -> None:
        if not shown:
            return
        if isinstance(result, SabotageResult):
            _print_sabotage(result)
        else:
            print(f"intact: {'passed' if result.passed else 'failed'}, {result.probes} probes")

    return asyncio.run(self_test(told=told))


def _print_check(check: CheckResult) -> None:
    why = f" ({check.skipped})" if check.skipped else ""
    print(f"{check.verdict:<8} {check.probes:>5}  {check.title}{why}", flush=True)
    for finding in check.findings:
        print(f"         {visible(finding)}")


def _print_sabotage(result: SabotageResult) -> None:
    by = f"by {', '.join(result.noticed_by)}" if result.caught else "NOT NOTICED"
    print(f"{result.name:<22} {result.title}: {by}", flush=True)


def _silent(_check: CheckResult) -> None:
    """Say nothing while the checks run."""


def _print_end(found: Verification, tested: SelfTest | None) -> None:
    for note in found.notes:
        print(f"Note: {note}.")
    if tested is not None:
        caught = sum(each.caught for each in tested.sabotages)
        print(f"{caught} of {counted(len(tested.sabotages), 'sabotage')} noticed.")
        return
    failed = [check.name for check in found.checks if check.findings]
    verdict = f"FAILED: {', '.join(failed)}" if failed else "Nothing was found"
    print(f"{verdict}; {found.routes} routes, {found.requests} requests, {found.probes} probes.")
