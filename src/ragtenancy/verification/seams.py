"""How seams of isolation are broken on purpose.

A break changes one object of one installation in memory, and nothing of the code. `forgetting`
a filter makes a read that finds nothing in its own scope try every other tenant's; `pooling` makes
a list hold everybody's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial, wraps
from typing import Any

import structlog
from msgspec import structs

from ragtenancy.app.chat.events import ChatMessage
from ragtenancy.app.jobs.lease import JobLease
from ragtenancy.app.search.search import SearchRequest
from ragtenancy.container import Container
from ragtenancy.domain.api_keys import ALL_SCOPES
from ragtenancy.domain.documents import Document
from ragtenancy.domain.errors import (
    ClientSuspendedError,
    NotFoundError,
    RagTenancyError,
    UnauthenticatedError,
)
from ragtenancy.domain.health import Health
from ragtenancy.domain.ids import DocumentId, JobId, TenantUid
from ragtenancy.domain.pages import Page
from ragtenancy.domain.principals import OperatorPrincipal, TenantPrincipal
from ragtenancy.domain.tenants import TenantScope

Method = Callable[..., Any]
"""A method of an adapter or use case, with a tenant's scope first where it takes one."""
Break = Callable[[Container], None]
CANARY_TENANTS = 2  # the victim is the second
log = structlog.get_logger(__name__)


def _replaced(owner: object, method: str, make: Callable[[Method], Method]) -> None:
    """Put another method in place of one, made from it."""
    original = getattr(owner, method)
    object.__setattr__(owner, method, wraps(original)(make(original)))


async def _others(container: Container, scope: TenantScope) -> Sequence[TenantScope]:
    page = await container.tenant_repository().page(limit=100)
    return [each.scope for each in page.items if each.tenant_uid != scope.tenant_uid]


def forgetting(store: str, method: str) -> Break:
    """Return a break after which a read forgets the tenant when its own has nothing."""

    def apply(container: Container) -> None:
        def make(original: Method) -> Method:
            async def read(scope: TenantScope, *given: object, **named: object) -> object:
                found = await original(scope, *given, **named)
                if found and not (isinstance(found, list | tuple) and not any(found)):
                    return found
                for other in await _others(container, scope):
                    theirs = await original(other, *given, **named)
                    if theirs:
                        return theirs
                return found

            return read

        _replaced(getattr(container.stores(), store), method, make)

    return apply


def pooling(store: str, method: str) -> Break:
    """Return a break after which a list holds every tenant's entries."""

    def apply(container: Container) -> None:
        def make(original: Method) -> Method:
            async def listed(scope: TenantScope, *given: object, **named: object) -> object:
                own = await original(scope, *given, **named)
                found = list(own.items if isinstance(own, Page) else own)
                for other in await _others(container, scope):
                    theirs = await original(other, *given, **named)
                    found += theirs.items if isinstance(theirs, Page) else theirs
                return Page(items=tuple(found), next=None) if isinstance(own, Page) else found

            return listed

        _replaced(getattr(container.stores(), store), method, make)

    return apply


def as_admitted(change: Callable[[TenantPrincipal], TenantPrincipal]) -> Break:
    """Return a break that changes each principal that is admitted."""

    def apply(container: Container) -> None:
        def make(original: Method) -> Method:
            async def tenant(credential: str) -> TenantPrincipal:
                return change(await original(credential))

            return tenant

        _replaced(container.authenticator(), "tenant", make)

    return apply


def first_caller_for_all() -> Break:
    """Return a break of a cache of principals whose key leaves out the API key."""
    known: list[TenantPrincipal] = []

    def change(principal: TenantPrincipal) -> TenantPrincipal:
        known.append(principal)
        return known[0]

    return as_admitted(change)


def revoked_keys_work(container: Container) -> None:
    """Accept keys whatever their status."""
    authenticator: Any = container.authenticator()
    tenants = container.tenant_repository()

    def make(original: Method) -> Method:
        async def tenant(credential: str) -> TenantPrincipal:
            try:
                return await original(credential)  # type: ignore[no-any-return]
            except UnauthenticatedError:
                key = await authenticator._verified(credential)
                found = await tenants.find(key.tenant_uid)
                if found is None:
                    raise
                return TenantPrincipal(scope=found.scope, key_id=key.key_id, scopes=key.scopes)

        return tenant

    _replaced(authenticator, "tenant", make)


def anyone_operates(container: Container) -> None:
    """Accept a client's key as an operator's."""
    authenticator = container.authenticator()

    def make(original: Method) -> Method:
        async def operator(credential: str) -> OperatorPrincipal:
            try:
                return await original(credential)  # type: ignore[no-any-return]
            except UnauthenticatedError:
                caller = await authenticator.tenant(credential)
                return OperatorPrincipal(name=caller.scope.tenant_id)

        return operator

    _replaced(authenticator, "operator", make)


def operators_are_tenants(container: Container) -> None:
    """Accept the operator's key as the first client's."""
    authenticator = container.authenticator()

    def make(original: Method) -> Method:
        async def tenant(credential: str) -> TenantPrincipal:
            try:
                return await original(credential)  # type: ignore[no-any-return]
            except UnauthenticatedError:
                await authenticator.operator(credential)
                page = await container.tenant_repository().page(limit=1)
                scope = page.items[0].scope
                return TenantPrincipal(scope=scope, key_id=None, scopes=ALL_SCOPES)  # type: ignore[arg-type]

        return tenant

    _replaced(authenticator, "tenant", make)


def foreign_is_told(refusal: Callable[[Document], RagTenancyError]) -> Break:
    """Return a break after which a foreign document is refused otherwise than an absent one."""

    def apply(container: Container) -> None:
        def make(original: Method) -> Method:
            async def get(scope: TenantScope, document_id: DocumentId) -> object:
                found = await original(scope, document_id)
                if found is None:
                    for other in await _others(container, scope):
                        theirs = await original(other, document_id)
                        if theirs is not None:
                            raise refusal(theirs)
                return found

            return get

        _replaced(container.stores().documents, "get", make)

    return apply


def foreign_takes_longer(container: Container) -> None:
    """Take 50 ms longer over a foreign job than over none."""

    def make(original: Method) -> Method:
        async def get(scope: TenantScope, job_id: JobId) -> object:
            found = await original(scope, job_id)
            if found is None:
                for other in await _others(container, scope):
                    if await original(other, job_id) is not None:
                        await asyncio.sleep(0.05)
            return found

        return get

    _replaced(container.job_repository(), "get", make)


def scores_of_all(container: Container) -> None:
    """Let the number of everybody's documents into the score, as statistics of all would."""

    def make(original: Method) -> Method:
        async def score(scope: TenantScope, *given: object, **named: object) -> object:
            documents = container.stores().documents
            counts = [await documents.count(each) for each in await _others(container, scope)]
            found = await original(scope, *given, **named)
            return [None if each is None else each * (1 + 1e-9 * sum(counts)) for each in found]

        return score

    def make_all(_: Method) -> Method:
        async def all_scores(*_given: object, **_named: object) -> None:
            return None

        return all_scores

    for method, made in (("score", make), ("all_scores", make_all)):
        _replaced(container.vectors(), method, made)

    def make_search(original: Method) -> Method:
        async def search(scope: TenantScope, *given: object, **named: object) -> object:
            documents = container.stores().documents
            counts = [await documents.count(each) for each in await _others(container, scope)]
            hits = await original(scope, *given, **named)
            more = 1 + 1e-9 * sum(counts)
            return structs.replace(hits, scores=[each * more for each in hits.scores])

        return search

    _replaced(container.vectors(), "search", make_search)


def jobs_in_the_last_scope(container: Container) -> None:
    """Run each job in the scope of the one before it, as context that leaks between jobs does."""
    last: list[TenantScope] = []

    def make(original: Method) -> Method:
        async def ingest(lease: JobLease) -> object:
            own = lease.scope
            if last:
                lease.scope = last[-1]
            last.append(own)
            return await original(lease)

        return ingest

    _replaced(container.ingestion(), "ingest", make)


def streams_mix(container: Container) -> None:
    """Answer a turn in the scope of another that runs at the same time."""
    running: list[TenantScope] = []

    def make(original: Method) -> Method:
        def taken(
            scope: TenantScope, message: ChatMessage, *, whole: bool
        ) -> AsyncIterator[object]:
            async def events() -> AsyncIterator[object]:
                used = next((each for each in running if each != scope), scope)
                running.append(scope)
                try:
                    async for event in original(used, message, whole=whole):
                        yield event
                finally:
                    running.remove(scope)

            return events()

        return taken

    _replaced(container.chat(), "_taken", make)


def without_tenant(part: Callable[[Container], object], *methods: str) -> Break:
    """Return a break after which several methods use whatever scope was asked for first."""

    def apply(container: Container) -> None:
        first: list[TenantScope] = []
        for method in methods:
            _replaced(part(container), method, partial(_in_first, first))

    return apply


def _in_first(first: list[TenantScope], original: Method) -> Method:
    async def used(scope: TenantScope, *given: object, **named: object) -> object:
        first.append(scope)
        return await original(first[0], *given, **named)

    return used


def questions_are_logged(container: Container) -> None:
    """Log the words of each search."""

    def make(original: Method) -> Method:
        async def search(scope: TenantScope, request: SearchRequest) -> object:
            log.warning("searched", why=request.query)
            return await original(scope, request)

        return search

    _replaced(container.search(), "search", make)


def health_tells(container: Container) -> None:
    """Put the names of clients on the health page."""

    def make(original: Method) -> Method:
        async def check() -> Health:
            found: Health = await original()
            page = await container.tenant_repository().page(limit=100)
            warnings = {each.tenant_id: each.name for each in page.items}
            return structs.replace(found, warnings={**found.warnings, **warnings})

        return check

    _replaced(container.health_checks(), "check", make)


def deletion_stops_early(container: Container) -> None:
    """Leave a deleted client's records where they are."""

    def make(_: Method) -> Method:
        async def drop(_scope: TenantScope) -> None:
            return None

        return drop

    _replaced(container.stores().storage, "drop", make)


def deletion_lies(container: Container) -> None:
    """Remove nothing, count nothing, and give the next client of the name the old one's place."""
    deletion_stops_early(container)
    made: list[TenantUid] = []

    def make_census(_: Method) -> Method:
        async def census(_scope: TenantScope) -> Mapping[str, int]:
            return {}

        return census

    def make_uid(original: Method) -> Method:
        def tenant_uid() -> TenantUid:
            made.append(original())
            return made[-2] if len(made) > CANARY_TENANTS else made[-1]

        return tenant_uid

    _replaced(container.stores().storage, "census", make_census)
    _replaced(container.ids(), "tenant_uid", make_uid)


def any_store_by_name(container: Container) -> None:
    """Search the store that is named instead of the caller's own."""

    def make(original: Method) -> Method:
        async def search(scope: TenantScope, name: str, query: object) -> object:
            everyone = [scope, *await _others(container, scope)]
            named = {f"vs_{each.tenant_id}": each for each in everyone}
            return await original(named.get(name, scope), name, query)

        return search

    _replaced(container.vector_stores(), "search", make)


def suspended(_theirs: Document) -> RagTenancyError:
    """Refuse a foreign document as forbidden."""
    return ClientSuspendedError()


def named(theirs: Document) -> RagTenancyError:
    """Refuse a foreign document by its name."""
    return NotFoundError(f"There is no such document; {theirs.document_id} is another's.")
