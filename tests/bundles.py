"""A furnished client, and what a bundle holds whoever's uid stands in it."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

from ragtenancy import RagTenancy
from tests.factories_docx import docx_bytes, paragraph

GUIDE = b"# Refunds\n\nRefunds are paid within 30 days, code ERR-4021.\n\n# Reports\n\nPress New."
QUESTION = "How long does a refund take?"


async def furnish(rag: RagTenancy, client_id: str) -> None:
    """Make a client with documents of two kinds, a replaced one, configurations and sessions."""
    await rag.create_tenant(client_id, name="Acme & Co")
    client = rag.tenant(client_id)
    await client.set_config(
        {"search_settings": {"top_k": 7}, "llm_settings": {"temperature": None}}
    )
    first = await client.ingest(b"# Old\n\nNothing here.", filename="guide.md")
    await client.ingest(GUIDE, filename="guide.md", document_id=first.document_id)
    word = docx_bytes(paragraph("Naïve résumé 東京") + paragraph("Second."))
    await client.ingest(word, filename="word.docx", metadata={"year": 2026, "kept": True})
    await client.ask(QUESTION, session_id="one", user_id="ann")
    await client.ask("And then?", session_id="one", user_id="ann")
    await client.ask(QUESTION, session_id="two")


def held(bundle: Path, uid: str) -> Mapping[str, bytes]:
    """Return a bundle's members but its list, with the client's uid left out."""
    with zipfile.ZipFile(bundle) as archive:
        names = [name for name in archive.namelist() if name != "manifest.json"]
        return {name: archive.read(name).replace(uid.encode(), b"-") for name in names}
