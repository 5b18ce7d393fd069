"""Peppers that the operator gives by a setting."""

from __future__ import annotations

from collections.abc import Mapping

from ragtenancy.domain.api_keys import Pepper
from ragtenancy.domain.errors import ConflictError, StateLostError
from ragtenancy.ports.api_keys import PepperStore

PLACE = "RAGTENANCY_PEPPERS"


class GivenPepperStore(PepperStore):
    """The given peppers alone: those stored with the records are compared, never used.

    Whoever can write records could store a pepper too, and keys signed with it.
    """

    def __init__(self, peppers: Mapping[int, Pepper], stored: PepperStore) -> None:
        self._peppers = peppers
        self._stored = stored
        self._is_complete = False

    @property
    def place(self) -> str:
        return PLACE

    async def current(self) -> Pepper | None:
        await self._require_stored()
        return self._peppers[max(self._peppers)] if self._peppers else None

    async def make_first(self) -> Pepper:
        pepper = await self.current()
        if pepper is None:
            raise StateLostError("There is no pepper.", PLACE)
        return pepper

    async def make_next(self) -> Pepper:
        version = max(self._peppers, default=0) + 1
        raise ConflictError(
            f"{PLACE} gives the peppers: add `{version}=…` to it, of 64 or more hexadecimal digits, "
            "and restart every process.",
            code="peppers_given",
        )

    async def get(self, version: int) -> Pepper | None:
        return self._peppers.get(version)

    async def _require_stored(self) -> None:
        """Raise `StateLostError`, once, if keys may exist whose pepper is not given."""
        if self._is_complete:
            return
        newest = await self._stored.current()
        for version in range(1, newest.version + 1 if newest else 1):
            stored = await self._stored.get(version)
            if stored is not None and self._peppers.get(version) != stored:
                raise StateLostError(
                    f"Keys were signed with pepper {version} of {self._stored.place}, which "
                    f"{PLACE} does not give: add it, or unset {PLACE}.",
                    PLACE,
                )
        self._is_complete = True
