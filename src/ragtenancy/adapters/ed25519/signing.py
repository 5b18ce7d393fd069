"""An Ed25519 private key in a PEM file that only its owner can read."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.ports.signing import Signer

OTHERS = 0o077
OWN = 0o600


class Ed25519Signer(Signer):
    """Signs with one private key (RFC 8032)."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @property
    def public_key(self) -> bytes:
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def fingerprint(self) -> str:
        der = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return sha256(der).hexdigest()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


def make_key(path: Path) -> Ed25519Signer:
    """Write a new key, readable by its owner only. Raises `ConfigurationError` if the file exists."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWN)
    except FileExistsError:
        raise ConfigurationError(
            f"{path} exists already; a signing key is never replaced."
        ) from None
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return Ed25519Signer(key)


def read_key(path: Path) -> Ed25519Signer:
    """Read a key. Raises `ConfigurationError` if it is absent, damaged, or others may read it."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            pem = file.read()
    except FileNotFoundError:
        raise ConfigurationError(
            f"There is no signing key in {path}; `ragtenancy evidence --new-key` makes one."
        ) from None
    if mode & OTHERS:
        raise ConfigurationError(f"Others may read the signing key {path}; run `chmod 600` on it.")
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(f"{path} is no Ed25519 private key in PEM without a password.")
    return Ed25519Signer(key)
