"""What every `Signer` and `SigningKey` does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from ragtenancy.adapters.ed25519.key_file import SigningKeyFile, make
from ragtenancy.adapters.ed25519.signing import Ed25519Signer
from ragtenancy.ports.signing import Signer, SigningKey
from tests.contract.backends import Backend, Tier, params
from tests.scripted.signing import ScriptedSigningKey


@asynccontextmanager
async def scripted(folder: Path) -> AsyncIterator[SigningKey]:  # noqa: ARG001 - the frame gives it
    yield ScriptedSigningKey()


@asynccontextmanager
async def in_file(folder: Path) -> AsyncIterator[SigningKey]:
    make(folder / "key.pem")
    yield SigningKeyFile(folder / "key.pem", required=True)


BACKENDS = params(
    Backend[SigningKey](name="scripted", tier=Tier.FAKE, adapter=ScriptedSigningKey, open=scripted),
    Backend[SigningKey](name="file", tier=Tier.EMBEDDED, adapter=SigningKeyFile, open=in_file),
    Backend[SigningKey](name="ed25519", tier=Tier.EMBEDDED, adapter=Ed25519Signer, open=in_file),
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def signer(backend: Backend[SigningKey], tmp_path: Path) -> AsyncIterator[Signer]:
    async with backend.open(tmp_path) as opened:
        found = await opened.signer()
        assert found is not None
        yield found


def public(signer: Signer) -> Ed25519PublicKey:
    key = load_pem_public_key(signer.public_key)
    assert isinstance(key, Ed25519PublicKey)
    return key


async def test_a_signature_fits_its_message_and_no_other(signer: Signer) -> None:
    signature = signer.sign(b"deleted")

    public(signer).verify(signature, b"deleted")
    with pytest.raises(InvalidSignature):
        public(signer).verify(signature, b"kept")


async def test_the_fingerprint_is_that_of_the_public_key(signer: Signer) -> None:
    der = public(signer).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    assert signer.fingerprint == sha256(der).hexdigest()


async def test_the_key_stays_the_same(backend: Backend[SigningKey], tmp_path: Path) -> None:
    async with backend.open(tmp_path) as opened:
        first, second = await opened.signer(), await opened.signer()

    assert first is not None
    assert second is not None
    assert first.fingerprint == second.fingerprint
