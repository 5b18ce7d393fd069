"""How long usage is kept in a tenant's file, and in memory."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from ragtenancy.domain.usage import RETENTION, Counts, Period, UsageRow
from tests.contract.houses import memory_house, sqlite_house
from tests.factories import ACME

TODAY = date(2026, 3, 5)
OLDEST = TODAY - RETENTION


@pytest.mark.parametrize("house_in", [memory_house, sqlite_house])
async def test_rows_expire_after_the_retention(house_in: object, tmp_path: Path) -> None:
    async with house_in(tmp_path) as house:  # type: ignore[operator]
        for day in (OLDEST - timedelta(days=1), OLDEST, TODAY):
            await house.usage.add(ACME, [UsageRow(day=day, counts=Counts(questions=1))])

        kept = await house.usage.rows(ACME, Period(OLDEST, TODAY))
        before = await house.usage.rows(ACME, Period(OLDEST - timedelta(days=9), OLDEST))

    assert [row.day for row in kept] == [OLDEST, TODAY]
    assert [row.day for row in before] == [OLDEST]
