"""Addresses of brokers: several may be joined by `;`, of which one is used at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import SplitResult, parse_qs, urlsplit

from ragtenancy.backend.sections import on_this_machine

ENCRYPTED = ("rediss", "amqps")
ELSEWHERE = ("azureservicebus", "sqs", "gcpubsub")  # their own clients always use TLS
REQUIRED = ("required", "CERT_REQUIRED")
CHECK = "ssl_cert_reqs"


def addresses(broker_url: str) -> Sequence[SplitResult]:
    """Return the parts of each address."""
    return [urlsplit(each) for each in broker_url.split(";") if each]


def faults(broker_url: str, allowed: str | None) -> Iterator[str]:
    """Yield where a password or a message could be read on its way, or by a stranger.

    `allowed` is the host whose password may be sent unencrypted.
    """
    for each in addresses(broker_url):
        if each.scheme in ENCRYPTED and not _is_verified(each):
            yield (
                "RAGTENANCY_BROKER_URL must not turn off the verification of certificates; name a "
                "private authority by `ssl_ca_certs=FILE`."
            )
        if _is_readable(each) and each.hostname != allowed:
            yield (
                f"RAGTENANCY_BROKER_URL would send a password unencrypted to {each.hostname}: use "
                f"{each.scheme}s://, or allow it with RAGTENANCY_BROKER_UNENCRYPTED={each.hostname}."
            )


def verified(broker_url: str) -> str:
    """Return the addresses such that Redis's certificate is verified, which is not the default."""
    return ";".join(_verified(each).geturl() for each in addresses(broker_url))


def _verified(address: SplitResult) -> SplitResult:
    if address.scheme != "rediss" or CHECK in parse_qs(address.query):
        return address
    query = "&".join(filter(None, (address.query, f"{CHECK}=required")))
    return address._replace(query=query)


def _is_verified(address: SplitResult) -> bool:
    asked = parse_qs(address.query)
    checked = all(each in REQUIRED for each in asked.get(CHECK, ()))
    return checked and "false" not in [each.lower() for each in asked.get("ssl_check_hostname", ())]


def _is_readable(address: SplitResult) -> bool:
    plain = address.scheme not in (*ENCRYPTED, *ELSEWHERE)
    return plain and bool(address.password) and not on_this_machine(address.hostname or "")
