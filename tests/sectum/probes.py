"""Run sectum-ai's probes against a server of ragtenancy: `probes.py URL OPERATOR_KEY RESULT.json`.

Every synthetic tenant is a client with a key of its own, and a probe sees every text of a reply,
each once. This program belongs to the environment of `make sectum` and uses nothing of ragtenancy but
its HTTP API.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen
from uuid import UUID

from sectum_ai.adapters import (
    MemoryAdapter,
    RagAnswer,
    RAGPipelineAdapter,
    VectorHit,
    VectorStoreAdapter,
)
from sectum_ai.probes import (
    EmbeddingInversionProbe,
    ErasureProbe,
    IkeaExtractionProbe,
    MemoryContamProbe,
    Probe,
    RagEntityBleedProbe,
    RagPipelineBleedProbe,
    RagPoisoningProbe,
    TenantBoundaryProbe,
    confirmed_findings,
)
from sectum_ai.runner import Runner
from sectum_ai.spec import CorpusDocument, Substrate, SyntheticTenantSpec
from sectum_ai.substrate import build_substrate, default_scenario

SEED, DOCUMENTS = 7, 24
MORE_TENANTS = (("Umbra Foods", "food"), ("Vantage Legal", "legal services"))
PROBES: Sequence[type[Probe]] = (
    TenantBoundaryProbe,
    RagEntityBleedProbe,
    RagPipelineBleedProbe,
    EmbeddingInversionProbe,
    IkeaExtractionProbe,
    MemoryContamProbe,
    RagPoisoningProbe,
)
NOT_RUN = {
    "semantic-cache-contamination": "no client can write to a cache, or read one by a key",
    "agent-tool-hijack": "the MCP tools take no token of another and forward to no other server",
    "agent-framework-hijack": "there is no agent",
    "lora-cross-tenant": "no model is trained",
    "kv-cache-timing": "the server's answerer has no prefix cache; verify-isolation measures times",
    "multimodal-rag-bleed": "pictures are searched by their text, not by vectors of images",
}
SESSION = "memory"  # the same name for every tenant


def texts(*replies: str) -> str:
    """Return every distinct text of some replies, in order."""
    found: dict[str, None] = {}

    def walk(value: object) -> None:
        if isinstance(value, str):
            found[value] = None
        elif isinstance(value, Mapping):
            for each in value.values():
                walk(each)
        elif isinstance(value, Sequence):
            for each in value:
                walk(each)

    for reply in replies:
        try:
            walk(json.loads(reply))
        except ValueError:
            walk(reply)
    return "\n".join(found)


class Api:
    """The HTTP API, called with the key of one tenant or another."""

    def __init__(self, url: str, operator_key: str) -> None:
        self._url = url
        self._operator_key = operator_key
        self._keys: dict[UUID, str] = {}

    def add(self, tenant: UUID) -> None:
        """Create a client for a tenant."""
        client_id = f"t{tenant.hex[:8]}-{token_hex(3)}"  # an earlier run may have left its clients
        body = {"client_id": client_id, "name": "Synthetic"}
        made = self._sent("POST", "/api/v1/admin/clients", self._operator_key, body)
        self._keys[tenant] = json.loads(made[1])["api_key"]

    def ask(
        self, tenant: UUID, method: str, path: str, body: object = None, *, absent: str = ""
    ) -> str:
        """Return the text of a reply, or `absent` for a 404. Any other refusal is an error."""
        status, text = self._sent(method, path, self._keys[tenant], body)
        if status == 404:
            return absent
        if status >= 400:
            raise SystemExit(f"{method} {path}: {status} {text}")
        return text

    def upload(self, tenant: UUID, document: CorpusDocument) -> str:
        """Upload a document, wait until it answers, and return its id."""
        text = f"# {document.title}\n\n{document.content}\n"
        parts = {
            f'name="file"; filename="{document.doc_id}.md"': text,
            'name="metadata"': json.dumps(document.metadata),
        }
        edge = "edge-of-a-part"
        raw = "".join(
            f"--{edge}\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n"
            for head, value in parts.items()
        )
        taken = self._sent(
            "POST",
            "/api/v1/ingest/document",
            self._keys[tenant],
            f"{raw}--{edge}--\r\n".encode(),
            f"multipart/form-data; boundary={edge}",
        )
        if taken[0] != 202:
            raise SystemExit(f"upload: {taken[0]} {taken[1]}")
        accepted = json.loads(taken[1])
        job = f"/api/v1/ingest/status/{accepted['job_id']}"
        for _ in range(600):
            status = json.loads(self.ask(tenant, "GET", job))["status"]
            if status in {"succeeded", "failed", "cancelled"}:
                break
            time.sleep(0.05)
        if status != "succeeded":
            raise SystemExit(f"{document.doc_id}: {status}")
        return str(accepted["document_id"])

    def _sent(
        self,
        method: str,
        path: str,
        key: str,
        body: object = None,
        media_type: str = "application/json",
    ) -> tuple[int, str]:
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        headers = {"X-API-Key": key, "Content-Type": media_type}
        request = Request(self._url + path, raw, headers, method=method)
        try:
            with urlopen(request, timeout=120) as reply:
                return reply.status, reply.read().decode()
        except HTTPError as refusal:
            return refusal.code, refusal.read().decode()


class Documents(VectorStoreAdapter):
    """Documents and hybrid search; a document is fetched by its own id on four routes."""

    def __init__(self, api: Api) -> None:
        super().__init__("ragtenancy-search")
        self._api = api
        self._ids: dict[str, str] = {}
        self._of: dict[UUID, list[str]] = {}

    def upsert(self, tenant: UUID, documents: Sequence[CorpusDocument]) -> None:
        for document in documents:
            self._ids[document.doc_id] = self._api.upload(tenant, document)
            self._of.setdefault(tenant, []).append(document.doc_id)

    def query(
        self, tenant: UUID, text: str, k: int = 5, *, user: UUID | None = None
    ) -> list[VectorHit]:
        reply = self._api.ask(tenant, "POST", "/api/v1/search", {"query": text, "top_k": k})
        return [VectorHit(doc_id="", tenant_id=tenant, score=1.0, content=texts(reply))]

    def fetch(self, tenant: UUID, doc_id: str, *, user: UUID | None = None) -> VectorHit | None:
        path = f"/api/v1/ingest/document/{self._ids[doc_id]}"
        replies = [
            self._api.ask(tenant, "GET", path + part)
            for part in ("", "/chunks", "/text", "/content")
        ]
        if not any(replies):
            return None
        return VectorHit(doc_id=doc_id, tenant_id=tenant, score=1.0, content=texts(*replies))

    def delete(self, tenant: UUID) -> None:
        for doc_id in self._of.pop(tenant, []):
            self._api.ask(tenant, "DELETE", f"/api/v1/ingest/document/{self._ids[doc_id]}")

    def list_namespaces(self) -> list[str]:
        return []  # no caller can list them


class Pipeline(RAGPipelineAdapter):
    """Answers with their sources."""

    def __init__(self, api: Api) -> None:
        super().__init__("ragtenancy-chat")
        self._api = api

    def ask(self, tenant: UUID, query: str) -> RagAnswer:
        reply = self._api.ask(tenant, "POST", "/api/v1/chat", {"message": query})
        return RagAnswer(answer=texts(reply))


class Sessions(MemoryAdapter):
    """Sessions of one name; recalled by reading all turns and, if `asking`, by a follow-up."""

    def __init__(self, api: Api, *, asking: bool) -> None:
        super().__init__("ragtenancy-sessions")
        self._api = api
        self._asking = asking

    def remember(self, tenant: UUID, text: str, *, user: UUID | None = None) -> None:
        body = {"message": text, "session_id": SESSION}
        self._api.ask(tenant, "POST", "/api/v1/chat", body)

    def recall(self, tenant: UUID, query: str, *, user: UUID | None = None) -> list[str]:
        listed = self._api.ask(tenant, "GET", "/api/v1/chat/sessions")
        found = [listed]
        for session in json.loads(listed)["items"]:
            path = f"/api/v1/chat/sessions/{quote(session['session_id'], safe='')}"
            found.append(self._api.ask(tenant, "GET", path))
        if self._asking:
            body = {"message": query, "session_id": SESSION}
            found.append(self._api.ask(tenant, "POST", "/api/v1/chat", body))
        return [texts(*found)]

    def delete(self, tenant: UUID) -> None:
        for session in json.loads(self._api.ask(tenant, "GET", "/api/v1/chat/sessions"))["items"]:
            path = f"/api/v1/chat/sessions/{quote(session['session_id'], safe='')}"
            self._api.ask(tenant, "DELETE", path)


def substrate() -> Substrate:
    """Return six tenants' documents with their canaries."""
    base = default_scenario(SEED, DOCUMENTS)
    more = [
        SyntheticTenantSpec(
            tenant_id=UUID(int=base.tenants[0].tenant_id.int ^ (number << 96)),
            display_name=name,
            industry=industry,
            corpus_size=DOCUMENTS,
        )
        for number, (name, industry) in enumerate(MORE_TENANTS, start=1)
    ]
    return build_substrate(base.model_copy(update={"tenants": (*base.tenants, *more)}))


def planted(api: Api, world: Substrate) -> Documents:
    """Create the clients and upload their documents."""
    documents = Documents(api)
    for tenant in world.tenants:
        api.add(tenant.tenant_id)
        own = [each for each in world.documents if each.tenant_id == tenant.tenant_id]
        documents.upsert(tenant.tenant_id, own)
    return documents


def probed(api: Api, world: Substrate, documents: Documents) -> Iterable[tuple[str, Any]]:
    """Run each probe; yield its id with its figures."""
    runner = Runner(world, vector=documents, rag=Pipeline(api), memory=Sessions(api, asking=True))
    for kind in PROBES:
        results = runner.run_per_step(kind())
        findings = [finding for _, found in results for finding in found]
        confirmed = confirmed_findings(findings)
        yield (
            kind.id,
            {
                "steps": len(results),
                "confirmed": len(confirmed),
                "unconfirmed": len(findings) - len(confirmed),
            },
        )


def erased(api: Api, world: Substrate, documents: Documents) -> Mapping[str, Any]:
    """Delete one tenant's documents and sessions, and return what was found before and after."""
    probe = ErasureProbe(world, vector=documents, memory=Sessions(api, asking=False))
    report = probe.run(world.tenants[0].tenant_id)
    return {
        "steps": sum(surface.markers_before for surface in report.surfaces),
        "confirmed": len(confirmed_findings(report.findings)),
        "unconfirmed": len(report.findings) - len(confirmed_findings(report.findings)),
        "surfaces": {
            surface.surface.value: {
                "markers_before": surface.markers_before,
                "residual_after": surface.residual_after,
                "verdict": surface.verdict,
            }
            for surface in report.surfaces
        },
        "not_covered": [surface.value for surface in report.not_covered],
    }


def main() -> None:
    """Plant, probe, erase, and write the figures."""
    url, operator_key, result = sys.argv[1:]
    api = Api(url, operator_key)
    world = substrate()
    documents = planted(api, world)
    probes = dict(probed(api, world, documents))
    probes[ErasureProbe.id] = erased(api, world, documents)
    written = {
        "tool": "sectum-ai",
        "version": version("sectum-ai"),
        "tenants": len(world.tenants),
        "documents": len(world.documents),
        "canaries": len(world.manifest.markers),
        **{
            name: sum(figures[name] for figures in probes.values())
            for name in ("steps", "confirmed", "unconfirmed")
        },
        "probes": probes,
        "not_run": NOT_RUN,
    }
    Path(result).write_text(json.dumps(written, indent=1) + "\n")


if __name__ == "__main__":
    main()
