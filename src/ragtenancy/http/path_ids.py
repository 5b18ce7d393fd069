"""Ids in paths: what cannot be one of ours is as absent as what is not there."""

from __future__ import annotations

import re

from ragtenancy.domain import ids
from ragtenancy.domain.errors import MalformedError, NotFoundError
from ragtenancy.domain.ids import ApiKeyId, DeletionId, DocumentId, JobId, SessionId, TenantId
from ragtenancy.http.connections import AnyRequest

_PLAUSIBLE = re.compile(r"[A-Za-z0-9_:.-]{1,128}\Z")


def document_id(request: AnyRequest) -> DocumentId:
    """Return the document's id. Raises `NotFoundError`."""
    return DocumentId(_plausible(request, "document_id", "document"))


def job_id(request: AnyRequest) -> JobId:
    """Return the job's id. Raises `NotFoundError`."""
    return JobId(_plausible(request, "job_id", "job"))


def key_id(request: AnyRequest) -> ApiKeyId:
    """Return the key's id. Raises `NotFoundError`."""
    return ApiKeyId(_plausible(request, "key_id", "key"))


def deletion_id(request: AnyRequest) -> DeletionId:
    """Return the deletion's id. Raises `NotFoundError`."""
    return DeletionId(_plausible(request, "deletion_id", "deletion"))


def client_id(request: AnyRequest) -> TenantId:
    """Return the client's id. Raises `NotFoundError` for what cannot be one."""
    try:
        return ids.tenant_id(str(request.path_params["client_id"]))
    except MalformedError:
        raise NotFoundError("There is no such client.") from None


def session_id(request: AnyRequest) -> SessionId:
    """Return the session's id. Raises `MalformedError`: its form is the caller's own."""
    return ids.session_id(str(request.path_params["session_id"]))


def _plausible(request: AnyRequest, name: str, thing: str) -> str:
    text = str(request.path_params[name])
    if not _PLAUSIBLE.match(text):
        raise NotFoundError(f"There is no such {thing}.")
    return text
