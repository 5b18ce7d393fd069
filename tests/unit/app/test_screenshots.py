"""A Word document with a real screenshot, from the upload to the hit."""

from __future__ import annotations

import io

import docx

from ragtenancy.app.ingestion.uploads import NewUpload
from ragtenancy.domain.jobs import JobStatus
from tests.drawn_pictures import drawn, encoded, needs_ocr, png_header
from tests.unit.app.conftest import Installation, pieces

pytestmark = needs_ocr


def guide(*pictures: bytes) -> bytes:
    """A guide with two sections, the pictures in the second."""
    document = docx.Document()
    document.add_heading("Sign in", level=1)
    document.add_paragraph("Type your name and your password.")
    document.add_heading("Export", level=1)
    document.add_paragraph("When the export stops, this window opens.")
    for picture in pictures:
        document.add_picture(io.BytesIO(picture))
    document.add_paragraph("Close it and try again.")
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


async def test_an_error_code_in_a_screenshot_finds_its_section(installation: Installation) -> None:
    scope = await installation.tenant()
    picture = encoded(drawn("Export failed: error 0x80070005", "Ticket ERR-90417 was opened"))

    upload = NewUpload(filename="guide.docx", body=pieces(guide(picture)))
    accepted = await installation.container.uploads().submit(scope, upload)
    await installation.work()

    hits = (await installation.search(scope, "ERR-90417")).hits
    assert "ERR-90417" in hits[0].source.text
    assert list(hits[0].source.section) == ["Export"]
    job = (await installation.job(scope, accepted)).job
    assert job.counts.images_processed == 1


async def test_a_picture_that_cannot_be_read_is_a_warning(installation: Installation) -> None:
    scope = await installation.tenant()

    upload = NewUpload(filename="guide.docx", body=pieces(guide(png_header(13_000, 13_000))))
    accepted = await installation.container.uploads().submit(scope, upload)
    await installation.work()

    job = (await installation.job(scope, accepted)).job
    assert job.status is JobStatus.SUCCEEDED
    assert list(job.counts.warnings) == [
        "Pictures that could not be described (picture_too_large): 1."
    ]
