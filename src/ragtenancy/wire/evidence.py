"""Signed statements on the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated

from msgspec import Struct

from ragtenancy.wire.documents import Removed
from ragtenancy.wire.fields import Moment, about


class Remaining(Struct, frozen=True, kw_only=True):
    """What the stores hold of a document now."""

    records: Annotated[int, about("Entries in the catalogue of documents.")]
    vectors: Annotated[int, about("Vectors.")]
    lexical: Annotated[int, about("Entries in the lexical index.")]
    chunks: Annotated[int, about("Chunks.")]


class DeletionStatement(Struct, frozen=True, kw_only=True):
    """What a certificate says of a document's deletion."""

    form: Annotated[str, about("The kind of statement, and the version of its form.")]
    made_at: Annotated[Moment, about("When the stores were counted and the statement was made.")]
    made_by: Annotated[str, about("The software that made the statement, with its version.")]
    client_uid: Annotated[str, about("The client's internal id, never used again.")]
    document_id: Annotated[str, about("The deleted document.")]
    deleted_at: Annotated[Moment, about("When the document was deleted.")]
    removed: Annotated[Removed, about("The number of items removed, by store.")]
    verified: Annotated[bool, about("Whether every store confirmed then that nothing was left.")]
    remaining: Annotated[Remaining, about("The number of items that the stores hold now.")]
    passed: Annotated[bool, about("Whether it was verified, and nothing is left now.")]


class Reconciliation(Struct, frozen=True, kw_only=True):
    """A client's stores compared with its catalogue of documents."""

    client_uid: Annotated[str, about("The client's internal id, never used again.")]
    client_id: Annotated[str | None, about("The client's id.")]
    status: Annotated[str, about("The client's status.")]
    documents: Annotated[int, about("The number of searchable documents.")]
    chunks: Annotated[int, about("The number of their chunks.")]
    stores: Annotated[Mapping[str, int], about("The number of items in each store.")]
    incomplete: Annotated[int, about("Searchable documents that a store lacks chunks of.")]
    orphaned_revisions: Annotated[int, about("Stored revisions that no document accounts for.")]
    orphaned_originals: Annotated[int, about("Original files that no document accounts for.")]
    has_storage: Annotated[bool, about("Whether the client's storage exists.")]


class KeyUse(Struct, frozen=True, kw_only=True):
    """One of the client's API keys."""

    key_id: Annotated[str, about("The key's id, which is no secret.")]
    created_at: Annotated[Moment, about("When the key was created.")]
    revoked_at: Annotated[Moment | None, about("When the key was revoked; null if it was not.")]
    last_used: Annotated[date | None, about("The day (UTC) of its latest use; null if unused.")]


class ClientStatement(Struct, frozen=True, kw_only=True):
    """What a client is told of its own data and keys."""

    form: Annotated[str, about("The kind of statement, and the version of its form.")]
    made_at: Annotated[Moment, about("When the statement was made.")]
    made_by: Annotated[str, about("The software that made the statement, with its version.")]
    client_uid: Annotated[str, about("The client's internal id, never used again.")]
    reconciliation: Annotated[Reconciliation, about("Its stores compared with its catalogue.")]
    keys: Annotated[Sequence[KeyUse], about("All its keys, oldest first.")]
    versions: Annotated[Mapping[str, str], about("Versions of the server and of its schemas.")]
    passed: Annotated[bool, about("Whether the stores hold exactly what the catalogue says.")]


class Signature(Struct, frozen=True, kw_only=True):
    """An Ed25519 signature of the statement in canonical JSON: UTF-8, sorted names, no spaces."""

    signature: Annotated[bytes, about("The signature, in base64.")]
    key: Annotated[str, about("The SHA-256 of the public key's DER form, in hex.")]
    public_key: Annotated[str, about("The public key, as PEM.")]


class DeletionCertificate(Signature, frozen=True, kw_only=True):
    """The signed statement of a document's deletion."""

    statement: Annotated[DeletionStatement, about("What is signed.")]


class ClientEvidence(Signature, frozen=True, kw_only=True):
    """The signed statement of a client's data and keys."""

    statement: Annotated[ClientStatement, about("What is signed.")]
