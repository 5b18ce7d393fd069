"""Who may read what goes to the broker: certificates are verified, passwords encrypted."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from structlog.testing import capture_logs

from ragtenancy.adapters.celery.addresses import verified
from ragtenancy.adapters.celery.job_signals import BrokerProbe, CeleryJobSignals
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.domain.ids import JobId
from ragtenancy.settings import load_settings
from tests.emulators.redis import redis_server
from tests.factories import ACME

SECRET = "password-of-the-broker"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `cert.pem` and `key.pem`, self-signed for 127.0.0.1."""
    folder = tmp_path_factory.mktemp("certificate")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "broker")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder


@pytest.fixture(autouse=True)
def own_contexts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each connection a context of its own again: authorities are added to it."""
    made: Any = ssl.create_default_context  # tests/conftest.py caches it
    monkeypatch.setattr(ssl, "create_default_context", made.__wrapped__)


class Impostor:
    """Takes TLS connections with a certificate that nobody vouches for; keeps what it is told."""

    def __init__(self, certificate: Path) -> None:
        self.told: list[bytes] = []
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self) -> None:
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                accepted, _ = self._listening.accept()
            except OSError:
                return
            try:
                with self._context.wrap_socket(accepted, server_side=True) as one:
                    self.told.append(one.recv(1024))
            except OSError:
                accepted.close()


@pytest.fixture
def impostor(certificate: Path) -> Iterator[Impostor]:
    running = Impostor(certificate)
    yield running
    running.stop()


@pytest.mark.parametrize("scheme", ["rediss", "amqps"])
async def test_a_broker_with_an_unknown_certificate_is_told_nothing(
    impostor: Impostor, scheme: str
) -> None:
    signals = CeleryJobSignals(f"{scheme}://user:{SECRET}@127.0.0.1:{impostor.port}/0")

    with capture_logs() as logs:
        await signals.submitted(ACME, JobId("job_1"))
    await signals.close()

    assert [line["event"] for line in logs] == ["job_not_signalled"]
    assert impostor.told == []


@pytest.mark.emulator
async def test_a_certificate_of_a_named_authority_is_accepted(certificate: Path) -> None:
    with redis_server(certificate=certificate) as broker:
        url = f"{broker.url}?ssl_ca_certs={certificate / 'cert.pem'}"

        trusted = await BrokerProbe(url).check()
        unknown = await BrokerProbe(broker.url).check()

    assert (trusted.connected, unknown.connected) == (True, False)


def test_each_of_several_brokers_is_verified() -> None:
    assert verified("rediss://a:1/0;rediss://b:1/0?ssl_ca_certs=/ca.pem") == (
        "rediss://a:1/0?ssl_cert_reqs=required;"
        "rediss://b:1/0?ssl_ca_certs=/ca.pem&ssl_cert_reqs=required"
    )


@pytest.mark.parametrize(
    "query", ["ssl_cert_reqs=none", "ssl_cert_reqs=CERT_OPTIONAL", "ssl_check_hostname=False"]
)
def test_verification_cannot_be_turned_off(query: str) -> None:
    with pytest.raises(ConfigurationError, match="must not turn off the verification"):
        load_settings({"RAGTENANCY_BROKER_URL": f"rediss://broker:6380/0?{query}"})


@pytest.mark.parametrize(
    "url",
    [
        f"redis://:{SECRET}@broker.acme.example:6379/0",
        f"amqp://user:{SECRET}@broker.acme.example//",
        f"rediss://:{SECRET}@one:6380/0;redis://:{SECRET}@broker.acme.example:6379/0",
    ],
)
def test_a_password_is_not_sent_unencrypted_to_another_machine(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_settings({"RAGTENANCY_BROKER_URL": url})

    assert "RAGTENANCY_BROKER_UNENCRYPTED=broker.acme.example" in str(refused.value)
    assert SECRET not in str(refused.value)


def test_the_host_can_be_allowed_by_name() -> None:
    url = {"RAGTENANCY_BROKER_URL": f"redis://:{SECRET}@broker:6379/0"}

    load_settings(url | {"RAGTENANCY_BROKER_UNENCRYPTED": "broker"})
    with pytest.raises(ConfigurationError):
        load_settings(url | {"RAGTENANCY_BROKER_UNENCRYPTED": "another"})


@pytest.mark.parametrize(
    "url",
    [
        "redis://redis:6379/0",
        f"redis://:{SECRET}@127.0.0.1:6379/0",
        f"redis://:{SECRET}@localhost:6379/0",
        f"rediss://:{SECRET}@broker:6380/0",
        f"amqps://user:{SECRET}@broker//",
    ],
)
def test_what_nobody_else_can_read_is_accepted(url: str) -> None:
    settings = load_settings({"RAGTENANCY_BROKER_URL": url})

    assert settings.backends.signals == "celery"
