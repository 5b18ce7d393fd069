"""`ragtenancy evidence`: a signed pack that a buyer can verify without us."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.installation import operate, require_installation, settings
from ragtenancy.cli.options import DataDir
from ragtenancy.cli.verify import KEY_VARIABLE, verified

if TYPE_CHECKING:
    from ragtenancy.domain.evidence import Part
    from ragtenancy.settings import Settings
    from ragtenancy.verification.report import Verification


Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="The pack to write, a zip file.")
]
Key = Annotated[
    Path | None,
    typer.Option(
        help="The signing key's file.",
        show_default="RAGTENANCY_EVIDENCE_KEY, else evidence-key.pem in the data folder",
    ),
]
NewKey = Annotated[
    bool, typer.Option("--new-key", help="Make the signing key, and print its fingerprint.")
]
EarlierReport = Annotated[
    Path | None,
    typer.Option(help="What `verify-isolation --json` printed, instead of a new run."),
]
SelfTestReport = Annotated[
    Path | None, typer.Option(help="What `verify-isolation --self-test --json` printed.")
]
OutsideReports = Annotated[
    list[Path] | None,
    typer.Option(help="An outside checker's JSON, included as it is; repeatable."),
]
Names = Annotated[bool, typer.Option("--names", help="Name clients by id beside their uid.")]
Url = Annotated[
    str | None, typer.Option(help="Verify isolation at this address, with the same stores.")
]
OperatorKey = Annotated[
    str | None,
    typer.Option(envvar=KEY_VARIABLE, help="The operator's key, for --url.", show_default=False),
]


def evidence(
    output: Output = None,
    key: Key = None,
    new_key: NewKey = False,
    verification: EarlierReport = None,
    self_test: SelfTestReport = None,
    outside: OutsideReports = None,
    names: Names = False,
    url: Url = None,
    operator_key: OperatorKey = None,
    data_dir: DataDir = None,
) -> None:
    """Write a signed pack that shows a buyer how clients are isolated (docs/evidence.md).

    Holds ids, counts and versions, no content. The exit status is 1 if anything in it failed.
    """
    if url is not None and not operator_key:
        raise typer.BadParameter(f"--url needs the operator's key, in {KEY_VARIABLE}.")
    if url is not None and verification is not None:
        raise typer.BadParameter("--url makes a new run, --verification takes an earlier one.")
    from ragtenancy.composition.evidence import key_place, new_signer, signer_of

    chosen = require_installation(settings(data_dir))
    place = key or key_place(chosen)
    if new_key:
        print(f"key  {new_signer(place).fingerprint}")
    if output is None:
        if not new_key:
            raise typer.BadParameter("--output names the pack to write.")
        return
    from ragtenancy.verification.evidence import pack

    signer = signer_of(place)
    given = _given(self_test, outside or ())
    found = _found(verification, url, operator_key or "", data_dir)
    parts = [*given, *_made(found, chosen, data_dir, named=names)]
    _write(output, pack(parts, signer, datetime.now(UTC)))
    for part in parts:
        print(f"{_verdict(part):<7} {part.shows}")
    print(f"key     {signer.fingerprint}")
    if any(part.passed is False for part in parts):
        raise typer.Exit(1)


def _given(self_test: Path | None, outside: Sequence[Path]) -> Sequence[Part]:
    """Return the parts from files, which are read before anything is run."""
    from ragtenancy.verification.evidence import outside_part, self_test_part

    parts = [outside_part(n, path, path.read_bytes()) for n, path in enumerate(outside, 1)]
    return parts if self_test is None else [*parts, self_test_part(self_test.read_bytes())]


def _found(
    file: Path | None, url: str | None, operator_key: str, data_dir: Path | None
) -> Verification:
    from msgspec import structs

    from ragtenancy.verification.evidence import given_verification

    if file is not None:
        found = given_verification(file.read_bytes())
    else:
        found = verified(url, operator_key, data_dir, shown=False)
    is_remote = found.installation.startswith(("http://", "https://"))
    return found if is_remote else structs.replace(found, installation="in process")


def _made(
    found: Verification, chosen: Settings, data_dir: Path | None, *, named: bool
) -> Sequence[Part]:
    from ragtenancy.composition import evidence as facts
    from ragtenancy.verification.evidence import facts_part, inspection_part, verification_part

    inspected = operate(lambda rag: rag.inspect(named=named), data_dir)
    return [
        verification_part(found),
        inspection_part(inspected),
        facts_part("versions", facts.versions()),
        facts_part("settings", facts.chosen(chosen)),
    ]


def _verdict(part: Part) -> str:
    return {True: "passed", False: "FAILED", None: "stated"}[part.passed]


def _write(path: Path, body: bytes) -> None:
    draft = path.with_name(f"{path.name}.draft")
    with draft.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
