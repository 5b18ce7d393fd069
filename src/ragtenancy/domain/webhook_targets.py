"""Where webhooks may go: https, its ports and public addresses, unless the operator allows others."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from ragtenancy.domain.errors import InvalidError

PORTS = frozenset({443, 8443})
_GLOBAL_UNICAST = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052
_LOW_32 = 0xFFFF_FFFF


def refused(detail: str) -> InvalidError:
    """Return the error for an address that webhooks may not go to."""
    return InvalidError(detail, code="webhook_target", field="url")


def require_target(url: str, *, allow_any: bool) -> SplitResult:
    """Return the parts of an address. Raises `InvalidError` (`webhook_target`).

    With `allow_any`, http and ports other than 443 and 8443 are allowed, too.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise refused("`url` is not a valid address.") from None
    if not (url.isascii() and url.isprintable()) or " " in url or "\\" in url:
        raise refused("`url` must be printable ASCII without spaces.")
    if parts.scheme != "https" and not (allow_any and parts.scheme == "http"):
        raise refused("`url` must begin with https://.")
    if not parts.hostname or port == 0:
        raise refused("`url` must name a host.")
    if not allow_any and port is not None and port not in PORTS:
        raise refused("`url` must have port 443 or 8443.")  # others would scan a host's ports
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise refused("`url` must have neither credentials nor a fragment.")
    return parts


def is_public(text: str) -> bool:
    """Return whether an IP address is a public one of a single machine.

    An IPv4 address inside an IPv6 address (mapped, NAT64) counts as itself; tunnels (6to4, Teredo)
    are not public.
    """
    address = ip_address(text)
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast and not address.is_reserved
    inner = _inner(address)
    if inner is not None:
        return is_public(str(inner))
    is_tunnel = address.sixtofour is not None or address.teredo is not None
    return address in _GLOBAL_UNICAST and address.is_global and not is_tunnel


def _inner(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & _LOW_32)
    return address.ipv4_mapped
