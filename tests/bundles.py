"""A furnished client, what a bundle holds whoever's uid stands in it, and forged bundles."""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from ragtenancy import RagTenancy
from ragtenancy.adapters.files.bundles import writing
from tests.factories_docx import docx_bytes, paragraph

GUIDE = b"# Refunds\n\nRefunds are paid within 30 days, code ERR-4021.\n\n# Reports\n\nPress New."
CONFIG = "configs/1.json"
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


async def with_config(bundle: Path, config: Mapping[str, Any]) -> Path:
    """Return the bundle with values put into the first version of its configuration."""

    def changed(body: bytes) -> bytes:
        record = msgspec.json.decode(body)
        for section, values in config.items():
            own = record["config"].get(section)
            both = isinstance(own, dict) and isinstance(values, dict)
            record["config"][section] = own | values if both else values
        return msgspec.json.encode(record)

    return await rewritten(bundle, CONFIG, changed)


async def rewritten(bundle: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """Return the bundle with one member changed and every checksum right."""
    forged = bundle.with_name("forged.bundle")
    with zipfile.ZipFile(bundle) as archive, writing(forged) as new:
        for member in msgspec.json.decode(archive.read("manifest.json"))["members"]:
            body = archive.read(member["name"])
            changed = change(body) if member["name"] == name else body
            await new.add(member["name"], _pieces(changed))
    return forged


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    yield body
