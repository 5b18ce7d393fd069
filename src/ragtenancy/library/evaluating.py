"""Evaluating search on a judged set, in a temporary installation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import structs

from ragtenancy.app.evaluation.corpus import OnProgress
from ragtenancy.app.evaluation.evaluation import Evaluation
from ragtenancy.container import Container
from ragtenancy.domain.evaluation import JudgedSet
from ragtenancy.domain.tenant_config import SearchSettings
from ragtenancy.settings import Settings

TENANT = "evaluation"
INDEXING_SECONDS = 600.0  # the first question waits for the indexes


async def evaluate(
    settings: Settings,
    judged_set: JudgedSet,
    ways: Mapping[str, SearchSettings],
    progress: OnProgress = lambda _: None,
) -> Evaluation:
    """Return each search variant's measures on a judged set.

    The settings choose the embedding model and the indexes as they do for the service; the data
    goes into a temporary folder, and the settings' data folder is not touched. Raises
    `InvalidError` if no question has a relevant document.
    """
    with TemporaryDirectory(prefix="ragtenancy-") as folder:
        apart = structs.replace(
            settings,
            data_dir=Path(folder),
            storage="sqlite",
            records="auto",
            vectors="auto",
            blobs="auto",
            semantic_timeout=INDEXING_SECONDS,
            bm25_timeout=INDEXING_SECONDS,
        )
        container = Container(settings=apart)
        async with container.closers():
            created = await container.tenants().create(TENANT, TENANT)
            evaluation = container.search_evaluation()
            return await evaluation.evaluate(created.tenant.scope, judged_set, ways, progress)
