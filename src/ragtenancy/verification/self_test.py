"""Whether the verification notices what it must: on an intact installation, and on broken ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from secrets import token_urlsafe

from ragtenancy.container import Container
from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.http.app import create_app
from ragtenancy.library.rag import RagTenancy
from ragtenancy.settings import Settings
from ragtenancy.verification.exchange import PATIENCE, Installation, in_process
from ragtenancy.verification.report import SabotageResult, SelfTest, Verification
from ragtenancy.verification.runner import verify
from ragtenancy.verification.sabotage import SABOTAGES, Sabotage

OPERATOR = "verification"
IMPATIENT = 15.0  # seconds; in memory, nothing takes that long


@asynccontextmanager
async def served(
    container: Container, *, sabotage: Sabotage | None = None
) -> AsyncIterator[Installation]:
    """Open the installation of a container and provide its HTTP API, without a socket.

    It has one operator, whose key nobody else has. A sabotage is applied before it is opened.
    """
    operator_key = token_urlsafe(48)
    patience = PATIENCE if sabotage is None else IMPATIENT
    container.admin_keys.override({OPERATOR: operator_key})
    if sabotage is not None:
        sabotage.apply(container)
    async with (
        RagTenancy.open(container=container, actor=OPERATOR),
        in_process(create_app(container), operator_key, patience) as installation,
    ):
        yield installation


async def self_test(
    *,
    told: Callable[[Verification | SabotageResult], None] = lambda _: None,
    sabotages: Sequence[Sabotage] = SABOTAGES,
) -> SelfTest:
    """Verify an installation in memory as it is, then one for each sabotage; return what came.

    `told` is called with each result. A sabotage that keeps the installation from being set up
    counts as noticed: nobody could use such a one.
    """
    models = _in_memory()
    intact = _in_memory(models)
    async with served(intact) as installation:
        control = await verify(installation, called="in memory", container=intact)
    told(control)
    results = []
    for sabotage in sabotages:
        results.append(await _noticed(sabotage, _in_memory(models)))
        told(results[-1])
    return SelfTest(control=control, sabotages=results)


async def _noticed(sabotage: Sabotage, container: Container) -> SabotageResult:
    try:
        async with served(container, sabotage=sabotage) as installation:
            found = await verify(
                installation, called=sabotage.name, container=container, until_found=True
            )
        noticed = [check.name for check in found.checks if check.findings]
    except RagTenancyError as error:
        noticed = [f"set-up ({error.reason})"]
    return SabotageResult(name=sabotage.name, title=sabotage.title, noticed_by=noticed)


def _in_memory(models: Container | None = None) -> Container:
    """Return a container of an installation in memory, with the local models of another."""
    container = Container(settings=Settings(storage="memory"))
    if models is not None:
        container.embedder.override(models.embedder())
        container.token_counter.override(models.token_counter())
    return container
