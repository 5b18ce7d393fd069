"""Surveying a foreign namespace: its documents, the order of their records, and what is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import blake2b

from msgspec import Struct

from ragtenancy.domain import foreign_records
from ragtenancy.domain.errors import ConflictError, InvalidError, NotFoundError
from ragtenancy.domain.foreign_records import Clue
from ragtenancy.domain.ids import Namespace
from ragtenancy.domain.record_order import in_order
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.foreign_namespaces import ForeignNamespaces, ForeignRecord

MAX_KEYS = 20


class SurveyedDocument(Struct, frozen=True, kw_only=True):
    """A document of the namespace: its records' ids, in order if `is_ordered`, else by a guess."""

    key: str
    filename: str
    record_ids: Sequence[str]
    is_ordered: bool


class Survey(Struct, frozen=True, kw_only=True):
    """A namespace's documents, and the number of records that belong to none of them.

    `keys` are the metadata keys of records without a text, most frequent first. `digest` is equal
    for equal documents.
    """

    documents: Sequence[SurveyedDocument]
    without_text: int = 0
    duplicates: int = 0
    of_other_clients: int = 0
    keys: Sequence[str] = ()
    digest: str

    @property
    def totals(self) -> Mapping[str, int]:
        """The number of records of each document."""
        return {each.key: len(each.record_ids) for each in self.documents}

    def places(self) -> Mapping[str, tuple[str, int]]:
        """Return the document and the ordinal of each record."""
        return {
            record_id: (document.key, ordinal)
            for document in self.documents
            for ordinal, record_id in enumerate(document.record_ids)
        }


class _Seen(Struct, frozen=True, gc=False):
    """A record with a text."""

    clue: Clue
    filename: str
    client: str
    text: bytes

    @property
    def is_numbered(self) -> bool:
        return (self.clue.index, self.clue.page, self.clue.start) != (None, None, None)


class _Found:
    """The records of a namespace, added one by one."""

    def __init__(self, scope: TenantScope | None, text_key: str | None) -> None:
        self._scope = scope
        self._text_key = text_key
        self._documents: dict[str, list[_Seen]] = {}
        self._clients: Counter[str] = Counter()
        self._keys: Counter[str] = Counter()
        self._without_text = 0

    def add(self, record: ForeignRecord) -> None:
        """Add a record, unless it is the tenant's own. Raises `InvalidError` for another's."""
        owner = foreign_records.owner_of(record.metadata)
        if owner is not None:
            if self._scope is None or owner != self._scope.tenant_uid:
                raise InvalidError(
                    "The namespace contains records of a client of this service.",
                    code="namespace_taken",
                )
            return
        text = foreign_records.text_of(record.metadata, self._text_key)
        if not text:
            self._without_text += 1
            self._keys.update(record.metadata.keys())
            return
        named = foreign_records.document_of(record.metadata)
        client = foreign_records.client_of(record.metadata)
        self._clients[client] += 1
        self._documents.setdefault(named.key, []).append(
            _Seen(
                foreign_records.clue_of(record.id, record.metadata),
                named.filename,
                client,
                blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest(),
            )
        )

    def survey(self, source: Namespace) -> Survey:
        """Return the survey. Raises `NotFoundError` for an empty namespace, `ConflictError`."""
        if not self._documents:
            if not self._without_text:
                raise NotFoundError(f"The namespace {source} contains no records to migrate.")
            raise no_text(self._listed_keys())
        wanted = self._of_one_client()
        kept = {key: _without_duplicates(seen) for key, seen in wanted.items()}
        documents = [_document(key, seen) for key, seen in sorted(kept.items())]
        total = sum(map(len, self._documents.values()))
        own = sum(map(len, wanted.values()))
        return Survey(
            documents=documents,
            without_text=self._without_text,
            duplicates=own - sum(map(len, kept.values())),
            of_other_clients=total - own,
            keys=self._listed_keys(),
            digest=_digest(documents),
        )

    def _of_one_client(self) -> Mapping[str, Sequence[_Seen]]:
        """Return the client's records, if the records name several clients; else all.

        Raises `InvalidError` if none of the named clients is the tenant.
        """
        named = [client for client in self._clients if client]
        if self._scope is None or len(named) < 2:
            return self._documents
        own = self._scope.tenant_id
        if own not in named:
            raise InvalidError(
                f"The records name several clients, none of them {own}: "
                f"{', '.join(sorted(named)[:MAX_KEYS])}.",
                code="other_clients",
            )
        chosen = {k: [each for each in v if each.client == own] for k, v in self._documents.items()}
        return {key: seen for key, seen in chosen.items() if seen}

    def _listed_keys(self) -> Sequence[str]:
        return [key for key, _ in self._keys.most_common(MAX_KEYS)]


async def survey(
    foreign: ForeignNamespaces,
    source: Namespace,
    scope: TenantScope | None,
    *,
    text_key: str | None = None,
) -> Survey:
    """Read a namespace whole; return its documents with the order of their records.

    Raises `NotFoundError` if it is empty, `ConflictError` (`no_text`) if no record has a text,
    `InvalidError` if it contains records of another client.
    """
    found = _Found(scope, text_key)
    async for page in foreign.pages(source, after=None):
        for record in page.records:
            found.add(record)
    return found.survey(source)


def no_text(keys: Sequence[str]) -> ConflictError:
    """Return the refusal of records without a text under a known key."""
    known = ", ".join((*foreign_records.TEXTS, foreign_records.NODE))
    return ConflictError(
        f"No record has a text under a known key ({known}). "
        f"Keys of their metadata: {', '.join(keys) or 'none'}.",
        code="no_text",
    )


def _document(key: str, seen: Sequence[_Seen]) -> SurveyedDocument:
    ordered = in_order([each.clue for each in seen])
    return SurveyedDocument(
        key=key,
        filename=min(each.filename for each in seen),
        record_ids=[clue.record_id for clue in ordered.clues],
        is_ordered=ordered.is_known,
    )


def _without_duplicates(seen: Sequence[_Seen]) -> Sequence[_Seen]:
    """Return the records without repeats: of the same text at the same numbered place."""
    once = {
        (each.text, each.clue.index, each.clue.page, each.clue.start)
        if each.is_numbered
        else (each.text, each.clue.record_id): each
        for each in reversed(seen)
    }
    return list(reversed(once.values()))


def _digest(documents: Sequence[SurveyedDocument]) -> str:
    whole = blake2b(digest_size=16)
    for document in documents:
        for part in (document.key, *document.record_ids, ""):
            whole.update(part.encode("utf-8", "surrogatepass") + b"\n")
    return whole.hexdigest()
