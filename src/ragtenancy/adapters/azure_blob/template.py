"""The container of originals in a template of Azure."""

from __future__ import annotations

from ragtenancy.backend.azure_template import (
    AzurePart,
    Grantee,
    Resource,
    account,
    account_name,
    role_assignment,
)

API = "2024-01-01"
ACCOUNT = "Microsoft.Storage/storageAccounts"
DATA_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"


def azure_part(endpoint: str | None, container: str, grantee: Grantee) -> AzurePart:
    """Return the container, without public access, and the role for the account's blobs."""
    name = account_name("storageAccount", "the storage account", endpoint, "blob.core.windows.net")
    storage = account("storage", ACCOUNT, API, name)
    service = Resource(
        symbol="blobs",
        type=f"{ACCOUNT}/blobServices",
        api=API,
        parent=storage,
        name="default",
        exists=True,
    )
    originals = Resource(
        symbol="originals",
        type=f"{ACCOUNT}/blobServices/containers",
        api=API,
        parent=service,
        name=container,
        body={"properties": {"publicAccess": "None"}},
    )
    role = role_assignment("storage_role", storage, DATA_CONTRIBUTOR, grantee)
    return AzurePart(resources=[originals, role], keyless=["RAGTENANCY_BLOB_KEY"])
