"""`ragtenancy sweep`: collecting garbage after crashes, and reconciling the stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.installation import operate
from ragtenancy.cli.options import AsJson, DataDir
from ragtenancy.cli.output import print_json

if TYPE_CHECKING:
    from ragtenancy.app.maintenance.garbage import Difference, SweepReport
    from ragtenancy.library.rag import RagTenancy


def sweep(
    full: Annotated[
        bool,
        typer.Option(
            "--full", help="Compare all that the stores hold with the catalogue; mend differences."
        ),
    ] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Collect garbage and resume work left by crashes, as servers do automatically."""

    async def work(rag: RagTenancy) -> SweepReport:
        return await rag.sweep(full=full)

    report = operate(work, data_dir)
    if as_json:
        print_json(report)
        return
    print(
        f"Removed {report.revisions} revisions and {report.blobs} originals; settled"
        f" {report.uploads} uploads; resumed the deletion of {report.documents} documents"
        f" and {report.tenants} clients."
    )
    for difference in report.differences:
        print(sentence(difference))


def sentence(difference: Difference) -> str:
    """Return a sentence about a difference and what was done about it."""
    client, item = difference.client_id, difference.item_id
    match difference.kind:
        case "incomplete_document":
            done = "it is ingested again" if difference.mended else "its original is missing too"
            return f"{client}: a store lacks chunks of document {item}; {done}."
        case "unlisted_job":
            return f"{client}: job {item} was not in the queue; it is now."
        case "deleted_client":
            return f"{client}: data came after the client's deletion; it is removed."
        case "unknown_client":
            return (
                f"{client}: a store holds data of this client uid, which has no record; left alone."
            )
        case _:
            return f"{client}: the client's storage is missing; restore it from a backup."
