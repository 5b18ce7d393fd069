"""The operator's evidence pack: what was verified, as a zip file that can be checked offline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TypeVar
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import msgspec

from ragtenancy.app.maintenance.inspection import Inspected
from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.evidence import (
    MANIFEST,
    PUBLIC_KEY,
    SIGNATURE,
    Part,
    canonical,
    manifest_of,
)
from ragtenancy.ports.signing import Signer
from ragtenancy.verification.report import SelfTest, Verification
from ragtenancy.version import __version__

Report = TypeVar("Report")
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the zip format's first moment: equal parts give equal files


def verification_part(found: Verification) -> Part:
    """Return the part with every check of `verify-isolation`."""
    failed = sum(1 for check in found.checks if check.findings)
    skipped = sum(1 for check in found.checks if check.verdict == "skipped")
    shows = (
        f"verify-isolation: {len(found.checks)} checks on {found.routes} routes, {found.probes} probes,"
        f" {failed} failed, {skipped} skipped"
    )
    return _part("verify-isolation.json", found, shows, passed=found.passed and found.probes > 0)


def inspection_part(inspected: Inspected) -> Part:
    """Return the part with the comparison of the stores and the catalogue."""
    differ = sum(1 for client in inspected.clients if not client.is_consistent)
    incomplete = sum(1 for each in inspected.deletions if not each.is_complete)
    shows = (
        f"reconciliation: {len(inspected.clients)} clients, {differ} differ from the catalogue,"
        f" {len(inspected.deletions)} deleted, {incomplete} with data left,"
        f" {len(inspected.unknown_clients)} unknown"
    )
    return _part("reconciliation.json", inspected, shows, passed=inspected.is_consistent)


def self_test_part(body: bytes) -> Part:
    """Return the counts of a self-test's JSON. Raises `MalformedError`."""
    tested = _decoded(body, SelfTest, "a self-test of verify-isolation")
    caught = sum(1 for each in tested.sabotages if each.caught)
    counts = {
        "version": tested.control.version,
        "ended_at": tested.control.ended_at,
        "intact_passed": tested.control.passed,
        "sabotages": {each.name: list(each.noticed_by) for each in tested.sabotages},
    }
    shows = f"self-test: {caught} of {len(tested.sabotages)} sabotages noticed"
    return _part("self-test.json", counts, shows, passed=tested.passed and bool(tested.sabotages))


def given_verification(body: bytes) -> Verification:
    """Decode what `verify-isolation --json` printed. Raises `MalformedError`."""
    return _decoded(body, Verification, "a report of verify-isolation")


def outside_part(number: int, path: Path, body: bytes) -> Part:
    """Return an outside checker's file exactly as it is. Raises `MalformedError` if it is not JSON."""
    try:
        msgspec.json.decode(body)
    except msgspec.MsgspecError:
        raise MalformedError(f"{path} is not JSON.") from None
    name = f"parts/outside-{number:02}.json"
    return Part(name=name, body=body, shows="outside checker: as given", passed=None)


def facts_part(name: str, facts: Mapping[str, object]) -> Part:
    """Return a part that states facts and judges nothing."""
    return _part(f"{name}.json", facts, f"{name}: stated", passed=None)


def pack(parts: Sequence[Part], signer: Signer, made_at: datetime) -> bytes:
    """Return the zip file: parts, manifest, signature and public key, in a fixed order."""
    manifest = manifest_of(
        parts, made_at=made_at, made_by=f"ragtenancy {__version__}", key=signer.fingerprint
    )
    signed = canonical(manifest)
    files = {part.name: part.body for part in parts}
    files |= {MANIFEST: signed, SIGNATURE: signer.sign(signed), PUBLIC_KEY: signer.public_key}
    written = BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(ZipInfo(name, LONG_AGO), files[name], ZIP_DEFLATED)
    return written.getvalue()


def _part(name: str, value: object, shows: str, *, passed: bool | None) -> Part:
    return Part(name=f"parts/{name}", body=canonical(value), shows=shows, passed=passed)


def _decoded(body: bytes, kind: type[Report], what: str) -> Report:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError:
        raise MalformedError(f"The file is not {what} in JSON.") from None
