"""What a question asks of the cloud's services, over the whole product."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from msgspec import Struct

from ragtenancy.container import Container
from ragtenancy.library.rag import RagTenancy
from ragtenancy.library.tenant import TenantHandle
from ragtenancy.settings import load_settings
from tests.process.cloud import Cloud, cloud_services
from tests.process.running import OPERATOR

pytestmark = pytest.mark.emulator

GUIDE = b"# Reports\n\nOpen the menu and choose Create report."
QUESTION = "How do I create a report?"
COUNTED = re.compile(
    r'^ragtenancy_cosmos_requests_total\{client_id="acme",container="(\w+)",operation="(\w+)"\} (\d+)',
    re.MULTILINE,
)

# The rig's worker looks at the due list meanwhile.
ASKED_OF_ALL = re.compile(
    r'^ragtenancy_cosmos_requests_total\{client_id="(?!=due")[^"]*",container="(\w+)",operation="(\w+)"\} (\d+)',
    re.MULTILINE,
)


class Asked(Struct, frozen=True, kw_only=True):
    """The requests of one use, by operation."""

    cosmos: Counter[str]
    pinecone: Counter[str]
    model: Counter[str]

    @property
    def points(self) -> int:
        """Requests of Cosmos DB that are neither queries nor the look-up of the client.

        That a handle makes each time; over HTTP it is authentication's, every five seconds.
        """
        return self.cosmos.total() - self.queries - self.cosmos["read clients"]

    @property
    def queries(self) -> int:
        """Queries of Cosmos DB."""
        return sum(times for name, times in self.cosmos.items() if name.startswith("query"))


class Rig(Struct, frozen=True, kw_only=True):
    """A client with a guide and a session, every cache warm."""

    acme: TenantHandle
    services: Cloud
    container: Container

    async def asked(self, use: Callable[[], Awaitable[object]]) -> Asked:
        """Return what a use asks for."""
        return await self._counted(use, COUNTED)

    async def asked_of_all(self, use: Callable[[], Awaitable[object]]) -> Asked:
        """Return what a use asks for, whichever client it is for."""
        return await self._counted(use, ASKED_OF_ALL)

    async def _counted(
        self, use: Callable[[], Awaitable[object]], counted: re.Pattern[str]
    ) -> Asked:
        before = self._cosmos(counted)
        pinecone, model = self.services.project.calls, self.services.model.paths
        calls, paths = len(pinecone), len(model)
        await use()
        return Asked(
            cosmos=self._cosmos(counted) - before,
            pinecone=Counter(pinecone[calls:]),
            model=Counter(path.partition("?")[0].rpartition("/")[2] for path in model[paths:]),
        )

    def _cosmos(self, counted: re.Pattern[str]) -> Counter[str]:
        found: Counter[str] = Counter()
        for container, operation, times in counted.findall(self.container.metrics().render()):
            found[f"{operation} {container}"] += int(times)
        return found


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    with cloud_services(tmp_path / "data") as services:
        container = Container(
            settings=load_settings(
                {
                    **services.variables,
                    "ADMIN_API_KEY": OPERATOR,
                    "RAGTENANCY_DATA_DIR": str(tmp_path / "data"),
                }
            )
        )
        async with RagTenancy.open(container=container) as rag:
            await rag.create_tenant("acme")
            acme = rag.tenant("acme")
            await acme.ingest(GUIDE, filename="guide.md")
            await acme.ask(QUESTION, session_id="one")
            yield Rig(acme=acme, services=services, container=container)


async def test_a_turn_asks_each_service_as_little_as_it_can(rig: Rig) -> None:
    for question, session, points in [
        ("Who makes a report?", "new", 4),
        ("Where is the menu?", "one", 5),  # and the manifest, for what became of earlier sources
    ]:
        reply = None

        async def use(question: str = question, session: str = session) -> None:
            nonlocal reply
            reply = await rig.acme.ask(question, session_id=session)

        asked = await rig.asked(use)

        assert reply is not None
        assert asked.points <= points
        assert asked.queries <= 3
        assert asked.pinecone["query"] == 1
        assert asked.pinecone["fetch"] <= 1
        assert asked.pinecone.total() <= 2
        assert asked.model["embeddings"] == 1
        assert asked.model["completions"] <= 2


async def test_a_warm_search_asks_for_the_manifest_the_hits_and_their_texts(rig: Rig) -> None:
    asked = await rig.asked(lambda: rig.acme.search("Where is the menu?"))

    assert (asked.points, asked.queries) == (1, 1)
    assert asked.pinecone["query"] == 1
    assert asked.pinecone["fetch"] <= 1
    assert asked.model == Counter(embeddings=1)


async def test_an_idle_sweep_lists_nothing_but_old_deliveries(rig: Rig) -> None:
    asked = await rig.asked_of_all(rig.container.sweeper().sweep)

    assert asked.pinecone == Counter()
    assert asked.cosmos == Counter({"query deletions": 2, "query idempotency": 1})
    assert asked.model == Counter()


async def test_a_sweep_that_another_process_has_done_costs_a_read(rig: Rig) -> None:
    await rig.container.sweeper().sweep_in_turn()

    asked = await rig.asked_of_all(rig.container.sweeper().sweep_in_turn)

    assert asked.cosmos == Counter({"read deletions": 1})
