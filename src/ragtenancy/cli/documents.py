"""`ragtenancy documents` and `ragtenancy delete`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.installation import serve_tenant
from ragtenancy.cli.options import AsJson, Client, DataDir
from ragtenancy.cli.output import print_facts, print_json, print_table
from ragtenancy.domain.documents import DocumentStatus

if TYPE_CHECKING:
    from ragtenancy.library.tenant import TenantHandle
    from ragtenancy.wire.documents import Document


def documents(
    client: Client,
    status: Annotated[
        DocumentStatus | None, typer.Option(help="Only documents with this status.")
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """List a client's documents."""
    from ragtenancy.http.views.documents import document_of

    async def work(tenant: TenantHandle) -> list[Document]:
        view = document_of(tenant.tenant_id)
        return [view(document) async for document in tenant.documents(status=status)]

    found = serve_tenant(client, work, data_dir)
    if as_json:
        print_json(found)
        return
    print_table(
        ("document", "filename", "version", "status", "chunks", "uploaded"),
        [
            (
                d.document_id,
                d.filename,
                d.version,
                d.status,
                d.ingestion.total_chunks,
                d.uploaded_at,
            )
            for d in found
        ],
    )


def delete(
    client: Client,
    document_id: Annotated[str, typer.Argument(help="The document's id, from `documents`.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Delete a document and print the receipt."""
    from msgspec import structs

    from ragtenancy.http.views.documents import receipt

    view = receipt(serve_tenant(client, lambda tenant: tenant.delete(document_id), data_dir))
    if as_json:
        print_json(view)
        return
    removed = {f"removed {store}": n for store, n in structs.asdict(view.removed).items()}
    print_facts({"document": view.document_id, **removed, "verified": view.verified})
