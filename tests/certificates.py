"""Certificates of an authority of the tests' own."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

DAY = dt.timedelta(days=1)


class Authority:
    """Issues certificates; `path` is its own, in PEM."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named("authority")
        self._issued = 0
        made = _builder(self._name, self._name, self._key, expired=False).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.path = folder / "authority.pem"
        self.path.write_bytes(_pem(made.sign(self._key, hashes.SHA256())))

    def server(self, *names: str, expired: bool = False) -> ssl.SSLContext:
        """Return the context of a server with a certificate for host names and IP addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = _builder(_named("server"), self._name, key, expired=expired).add_extension(
            x509.SubjectAlternativeName([_general(name) for name in names]), critical=False
        )
        self._issued += 1
        path = self._folder / f"server-{self._issued}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path.write_bytes(_pem(made.sign(self._key, hashes.SHA256())) + private)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def _builder(
    name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, *, expired: bool
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    ends = now - DAY if expired else now + DAY
    number = x509.random_serial_number()
    return x509.CertificateBuilder(issuer, name, key.public_key(), number, now - 9 * DAY, ends)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(made: x509.Certificate) -> bytes:
    return made.public_bytes(serialization.Encoding.PEM)
