"""Bundles as zip archives with checksums in `manifest.json`."""

from __future__ import annotations

import asyncio
import os
import re
import zipfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from ragtenancy.domain.errors import InvalidError, MalformedError
from ragtenancy.ports.bundles import BundleReader, BundleWriter

LIST = "manifest.json"
FORMAT = 1
PIECE = 1 << 20
MAX_LISTING_BYTES = 64 << 20
NAME = re.compile(r"[a-z]+/[A-Za-z0-9_-]{1,200}\.[a-z0-9]{1,8}\Z")


class Member(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry of the manifest."""

    name: str
    size: Annotated[int, Meta(ge=0)]
    sha256: str


class Listing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bundle's manifest."""

    format: int
    members: list[Member]


class ZipBundleWriter(BundleWriter):
    """Writes a temporary file and renames it when complete."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._members: list[Member] = []

    async def add(self, name: str, body: AsyncIterator[bytes]) -> None:
        digest, size = sha256(), 0
        with self._archive.open(name, "w", force_zip64=True) as member:
            async for piece in body:
                digest.update(piece)
                size += len(piece)
                await asyncio.to_thread(member.write, piece)
        self._members.append(Member(name=name, size=size, sha256=digest.hexdigest()))

    def finish(self) -> None:
        """Write the manifest."""
        listing = Listing(format=FORMAT, members=self._members)
        self._archive.writestr(LIST, msgspec.json.encode(listing))


@contextmanager
def writing(path: Path) -> Iterator[ZipBundleWriter]:
    """Open a bundle for writing; it takes its name when the context exits cleanly.

    Raises `InvalidError` if the file exists.
    """
    if path.exists():
        raise InvalidError(f"{path} already exists.")
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600, exist_ok=False)  # it holds all of a client's texts
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            writer = ZipBundleWriter(archive)
            yield writer
            writer.finish()
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)


class ZipBundleReader(BundleReader):
    """Reads members up to the sizes in the manifest."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._members: dict[str, Member] = {}

    async def verify(self) -> Sequence[str]:
        with _refused():
            self._members = {m.name: m for m in await asyncio.to_thread(self._listed)}
            for name, member in self._members.items():
                digest = sha256()
                async for piece in self.read(name):
                    digest.update(piece)
                if digest.hexdigest() != member.sha256:
                    raise _bad(f"{name} was changed after it was written")
        return tuple(self._members)

    async def read(self, name: str) -> AsyncIterator[bytes]:
        member = self._members.get(name)
        if member is None:
            raise _bad(f"{name} is missing")
        left = member.size
        with _refused(), zipfile.ZipFile(self._path) as archive, archive.open(name) as file:
            while piece := await asyncio.to_thread(file.read, min(PIECE, left + 1)):
                left -= len(piece)
                if left < 0:
                    raise _bad(f"{name} is longer than its manifest states")
                yield piece
        if left:
            raise _bad(f"{name} is shorter than its manifest states")

    def _listed(self) -> Sequence[Member]:
        with zipfile.ZipFile(self._path) as archive:
            names = archive.namelist()
            with archive.open(LIST) as file:
                listing = msgspec.json.decode(file.read(MAX_LISTING_BYTES), type=Listing)
        if listing.format != FORMAT:
            raise _bad(f"its format is {listing.format}, not {FORMAT}")
        listed = [member.name for member in listing.members]
        if sorted([*listed, LIST]) != sorted(names) or len(set(listed)) < len(listed):
            raise _bad("its manifest does not match its members")
        if not all(map(NAME.match, listed)):
            raise _bad("a member's name is malformed")
        return listing.members


@contextmanager
def _refused() -> Iterator[None]:
    """Report an unreadable archive as a bad bundle."""
    try:
        yield
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, KeyError, OSError) as error:
        raise _bad("it is not a readable archive") from error
    except (NotImplementedError, RuntimeError, ValueError, msgspec.MsgspecError) as error:
        raise _bad("it is not a valid bundle") from error


def _bad(detail: str) -> MalformedError:
    return MalformedError(f"The bundle is refused: {detail}.", code="bad_bundle")
