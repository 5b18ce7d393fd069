"""Evaluating search and fitting relevance scales, on judged sets and on clients' documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import structs

from ragtenancy.app.evaluation.corpus import OnProgress
from ragtenancy.app.evaluation.evaluation import Evaluation
from ragtenancy.app.paging import every
from ragtenancy.composition.operating import write_relevance_scale
from ragtenancy.container import Container
from ragtenancy.domain.calibration import Calibrated
from ragtenancy.domain.documents import DocumentStatus
from ragtenancy.domain.errors import NotFoundError
from ragtenancy.domain.evaluation import JudgedSet, JudgedText
from ragtenancy.domain.follow_ups import leans_back
from ragtenancy.domain.ids import tenant_id
from ragtenancy.domain.small_talk import small_talk
from ragtenancy.domain.tenant_config import SearchSettings
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.library.tenant import TenantHandle
from ragtenancy.settings import Settings

TENANT = "evaluation"
PARTS = 8
MOST_QUESTIONS = 200  # of a client
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
        container = Container(settings=_apart(settings, Path(folder)))
        async with container.closers():
            created = await container.tenants().create(TENANT, TENANT)
            evaluation = container.search_evaluation()
            return await evaluation.evaluate(created.tenant.scope, judged_set, ways, progress)


async def fit_on_judged_set(
    settings: Settings, judged_set: JudgedSet, progress: OnProgress = lambda _: None
) -> Calibrated:
    """Return the relevance scale of the default embedder, fitted on a judged set.

    The data goes into a temporary folder, as for `evaluate`. Raises `InvalidError`.
    """
    with TemporaryDirectory(prefix="ragtenancy-") as folder:
        container = Container(settings=_unfitted(_apart(settings, Path(folder))))
        async with container.closers():
            tenants = container.tenants()
            parts = [
                (await tenants.create(name, name)).tenant.scope
                for name in (f"{TENANT}-{part}" for part in range(PARTS))
            ]
            return await container.calibration().on_judged_set(parts, judged_set, progress)


async def fit_on_clients(
    settings: Settings,
    questions: Mapping[str, Sequence[str]] | None = None,
    *,
    embedder: str | None = None,
) -> Calibrated:
    """Return an embedder's relevance scale, fitted on clients' documents and questions.

    Without questions by client, those of the clients' sessions are taken. Only reads. Raises
    `InvalidError`, and `NotFoundError` for an unknown client.
    """
    container = Container(settings=_unfitted(settings))
    async with container.closers():
        records = container.tenant_records()
        if questions is None:
            scopes = [t.scope async for t in every(lambda a, n: records.page(after=a, limit=n))]
            asked: dict[TenantScope, Sequence[str]] = {
                scope: await _own_questions(container, scope) for scope in scopes
            }
        else:
            asked = {
                (await records.find(tenant_id(name))).scope: each
                for name, each in questions.items()
            }
        chosen = container.embedders().named(embedder)
        return await container.calibration().on_clients(asked, chosen)


async def judged_by_feedback(tenant: TenantHandle) -> tuple[JudgedSet, int]:
    """Return a judged set of a tenant's documents and feedback, and the number of turns left out.

    A turn's question is judged by the documents that its feedback confirms, with grade 1; a turn
    for which none of these is active is left out.
    """
    rated = [each async for each in tenant.feedback()]
    texts = []
    async for document in tenant.documents(status=DocumentStatus.ACTIVE):
        with suppress(NotFoundError):  # deleted since it was listed
            stored = await tenant.text(document.document_id)
            texts.append(
                JudgedText(text_id=document.document_id, title=stored.filename, text=stored.text)
            )
    active = {text.text_id for text in texts}
    right = {each.turn.turn_id: sorted(each.right_documents & active) for each in rated}
    judged = {
        turn_id: dict.fromkeys(map(str, named), 1.0) for turn_id, named in right.items() if named
    }
    questions = {
        each.turn.turn_id: each.turn.searched or each.turn.question
        for each in rated
        if each.turn.turn_id in judged
    }
    judged_set = JudgedSet(texts=texts, questions=questions, judgements=judged)
    return judged_set, len(rated) - len(judged)


def write_scale(path: Path, found: Calibrated) -> None:
    """Write a fitted scale to the file of relevance scales. Raises `ConfigurationError`."""
    write_relevance_scale(path, found)


async def _own_questions(container: Container, scope: TenantScope) -> list[str]:
    """Return a client's questions that stand alone, the first ones of its sessions, each once."""
    conversations = container.conversations()
    found: dict[str, None] = {}
    async for session in every(lambda a, n: conversations.page(scope, after=a, limit=n)):
        turns = await conversations.turns(scope, session.session_id)
        for turn in turns.items:
            if small_talk(turn.question) is None and not leans_back(turn.question):
                found[turn.question] = None
        if len(found) >= MOST_QUESTIONS:
            break
    return list(found)[:MOST_QUESTIONS]


def _unfitted(settings: Settings) -> Settings:
    return structs.replace(settings, relevance_scales=None)


def _apart(settings: Settings, folder: Path) -> Settings:
    """Return the settings with a folder of its own, and time for indexing."""
    return structs.replace(
        settings,
        data_dir=folder,
        storage="sqlite",
        records="auto",
        vectors="auto",
        blobs="auto",
        semantic_timeout=INDEXING_SECONDS,
        bm25_timeout=INDEXING_SECONDS,
    )
