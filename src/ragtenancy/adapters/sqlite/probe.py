"""Whether the control file answers."""

from __future__ import annotations

from ragtenancy.adapters.sqlite.client import ControlFile
from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.domain.health import ProbeResult
from ragtenancy.ports.health import Probe


class SqliteProbe(Probe):
    """Reads the control file's schema."""

    def __init__(self, control: ControlFile) -> None:
        self._control = control

    @property
    def name(self) -> str:
        return "sqlite"

    async def check(self) -> ProbeResult:
        query = "SELECT count(*) FROM sqlite_schema"
        try:
            tables = await self._control.read(lambda db: db.execute(query).get)
        except RagTenancyError:
            return ProbeResult(name=self.name, connected=False)
        return ProbeResult(name=self.name, connected=bool(tables))
