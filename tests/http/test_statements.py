"""A client's deletions and signed statements, verified by the script that buyers run."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from dependency_injector import providers

from ragtenancy.adapters.ed25519.key_file import SigningKeyFile
from ragtenancy.adapters.ed25519.signing import make_key
from ragtenancy.container import Container
from ragtenancy.domain.deletion_ledger import document_entry
from ragtenancy.domain.deletions import DocumentReceipt, RemovedCounts
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.domain.ids import DocumentId, TenantId
from ragtenancy.http.server import run_server
from ragtenancy.settings import Settings
from tests.http.service import GUIDE, Service

SCRIPT = Path(__file__).parents[2] / "scripts" / "verify_evidence.py"
STATEMENTS = ("/api/v1/evidence", "/api/v1/deletions/{}")


async def deleted(service: Service, key: str, filename: str = "former.md") -> str:
    """Ingest and delete a document; return its id."""
    accepted = await service.ingest(key, GUIDE, filename)
    document_id = str(accepted["document_id"])
    await service.call("DELETE", f"/api/v1/ingest/document/{document_id}", key)
    return document_id


async def fingerprint(service: Service) -> str:
    signer = await service.container.signing_key().signer()
    assert signer is not None
    return signer.fingerprint


def verified(path: Path, expected: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), str(path), expected]
    return subprocess.run(command, capture_output=True, text=True, check=False)


async def test_deletions_are_listed_latest_first_of_this_client_only(service: Service) -> None:
    own, rival = await service.create(), await service.create("rival")
    first = await deleted(service, own, "1.md")
    service.clock.advance(timedelta(seconds=1))
    second = await deleted(service, own, "2.md")
    theirs = await deleted(service, rival)

    page = (await service.call("GET", "/api/v1/deletions", own, params={"limit": 1})).json()
    rest = await service.call("GET", "/api/v1/deletions", own, params={"after": page["next"]})

    listed = [*page["items"], *rest.json()["items"]]
    assert [each["document_id"] for each in listed] == [second, first]
    assert listed[0]["verified"] is True
    assert listed[0]["removed"]["blobs"] == 1
    assert theirs not in rest.text


async def test_a_certificate_is_verified_offline(service: Service, tmp_path: Path) -> None:
    key = await service.create()
    document_id = await deleted(service, key)
    path = tmp_path / "certificate.json"

    reply = await service.call("GET", f"/api/v1/deletions/{document_id}", key)
    path.write_bytes(reply.content)
    found = verified(path, await fingerprint(service))

    statement = reply.json()["statement"]
    assert statement["document_id"] == document_id
    assert set(statement["remaining"].values()) == {0}
    assert (found.returncode, found.stderr) == (0, "")
    assert f'"document_id": "{document_id}"' in found.stdout


async def test_evidence_is_verified_offline_and_tells_of_this_client_only(
    service: Service, tmp_path: Path
) -> None:
    key, rival = await service.create(), await service.create("rival")
    await service.ingest(key)
    theirs = await service.ingest(rival)
    path = tmp_path / "evidence.json"

    reply = await service.call("GET", "/api/v1/evidence", key)
    path.write_bytes(reply.content)
    found = verified(path, await fingerprint(service))

    statement = reply.json()["statement"]
    assert statement["reconciliation"]["documents"] == 1
    assert [each["key_id"] in key for each in statement["keys"]] == [True]
    assert statement["keys"][0]["last_used"] is not None
    assert (found.returncode, found.stderr) == (0, "")
    assert [each for each in ("rival", theirs["document_id"]) if each in reply.text] == []


async def test_what_is_still_there_fails_the_certificate(service: Service, tmp_path: Path) -> None:
    key = await service.create()
    document_id = DocumentId((await service.ingest(key))["document_id"])
    tenant = await service.container.tenant_repository().get(TenantId("acme"))
    assert tenant is not None
    receipt = DocumentReceipt(
        document_id=document_id,
        deleted_at=service.clock.now(),
        removed=RemovedCounts(),
        verified=True,
    )
    ledger = service.container.deletion_ledger()
    await ledger.record(tenant.scope, document_entry(tenant.scope, receipt))
    path = tmp_path / "certificate.json"

    reply = await service.call("GET", f"/api/v1/deletions/{document_id}", key)
    path.write_bytes(reply.content)
    found = verified(path, await fingerprint(service))

    remaining = reply.json()["statement"]["remaining"]
    assert remaining["records"] == 1
    assert remaining["chunks"] == remaining["vectors"] > 0
    assert found.returncode == 2
    assert "FAILED" in found.stdout


@pytest.mark.parametrize(
    ("before", "after"),
    [('"verified":true', '"verified":false'), ('"passed":true', '"passed":1'), ("}}", "}")],
)
async def test_an_altered_certificate_is_noticed(
    service: Service, tmp_path: Path, before: str, after: str
) -> None:
    key = await service.create()
    reply = await service.call("GET", f"/api/v1/deletions/{await deleted(service, key)}", key)
    path = tmp_path / "certificate.json"
    path.write_text(reply.text.replace(before, after))

    found = verified(path, await fingerprint(service))

    assert before in reply.text
    assert (found.returncode, found.stdout) == (1, "")


async def test_a_certificate_of_another_key_is_noticed(service: Service, tmp_path: Path) -> None:
    key = await service.create()
    reply = await service.call("GET", f"/api/v1/deletions/{await deleted(service, key)}", key)
    path = tmp_path / "certificate.json"
    path.write_bytes(reply.content)

    found = verified(path, make_key(tmp_path / "other.pem").fingerprint)

    assert found.returncode == 1
    assert "the public key is not the one" in found.stderr


async def test_a_document_that_is_not_deleted_has_no_certificate(service: Service) -> None:
    key = await service.create()
    accepted = await service.ingest(key)

    reply = await service.call("GET", f"/api/v1/deletions/{accepted['document_id']}", key)

    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", STATEMENTS)
async def test_without_a_signing_key_nothing_is_stated(
    service: Service, tmp_path: Path, path: str
) -> None:
    key = await service.create()
    asked = path.format(await deleted(service, key))
    absent = SigningKeyFile(tmp_path / "evidence-key.pem", required=False)
    service.container.signing_key.override(providers.Object(absent))
    service.container.statements.reset()

    reply = await service.call("GET", asked, key)
    listed = await service.call("GET", "/api/v1/deletions", key)

    assert (reply.status_code, reply.json()["code"]) == (409, "no_signing_key")
    assert listed.status_code == 200


@pytest.mark.parametrize("path", STATEMENTS)
async def test_a_key_that_others_may_read_signs_nothing(
    service: Service, tmp_path: Path, path: str
) -> None:
    key = await service.create()
    asked = path.format(await deleted(service, key))
    place = tmp_path / "evidence-key.pem"
    make_key(place)
    place.chmod(0o644)
    loose = SigningKeyFile(place, required=False)
    service.container.signing_key.override(providers.Object(loose))
    service.container.statements.reset()

    reply: Any = await service.call("GET", asked, key)

    assert (reply.status_code, reply.json()["code"]) == (503, "signing_key_unusable")
    assert str(tmp_path) not in reply.text


async def test_a_key_made_later_is_used_at_once(service: Service, tmp_path: Path) -> None:
    key = await service.create()
    place = tmp_path / "evidence-key.pem"
    service.container.signing_key.override(providers.Object(SigningKeyFile(place, required=False)))
    service.container.statements.reset()
    before = await service.call("GET", "/api/v1/evidence", key)
    made = make_key(place)

    after = await service.call("GET", "/api/v1/evidence", key)

    assert (before.status_code, after.status_code) == (409, 200)
    assert json.loads(after.content)["key"] == made.fingerprint


def test_a_server_does_not_start_with_a_loose_key(tmp_path: Path) -> None:
    place = tmp_path / "evidence-key.pem"
    make_key(place)
    place.chmod(0o644)
    settings = Settings(storage="memory", port=0, evidence_key=place)

    with pytest.raises(ConfigurationError, match="chmod 600"):
        run_server(Container(settings=settings), workers=0)


async def test_a_named_key_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no signing key"):
        await SigningKeyFile(tmp_path / "absent.pem", required=True).signer()
