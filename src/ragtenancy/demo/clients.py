"""The demo's clients and their guides, Word documents in the package."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from msgspec import Struct


class DemoClient(Struct, frozen=True):
    """A demo client and the file names of its guides."""

    client_id: str
    name: str
    guides: Sequence[str]


CLIENTS = (
    DemoClient(
        "circular_ai",
        "Circular AI",
        ["User_Guide.docx", "Billing_and_Refunds.docx", "Support_Handbook.docx"],
    ),
    DemoClient("acme", "Acme Corporation", ["Acme_Handbook.docx", "Terms_of_Sale.docx"]),
)


def guide(filename: str) -> bytes:
    """Return a guide as the bytes of a DOCX file."""
    return files("ragtenancy.demo").joinpath("guides", filename).read_bytes()
