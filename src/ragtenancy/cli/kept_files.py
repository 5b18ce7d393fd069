"""The mapping from a watched folder's files to documents."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from msgspec import Struct, structs

from ragtenancy.domain.documents import Document, DocumentStatus

PATH = "path"


class Kept(Struct, frozen=True, kw_only=True):
    """A file's document; `whole` unless its newest upload failed."""

    document_id: str
    content_hash: str
    whole: bool


class KeptFiles:
    """The folder's files, by path and by content.

    A document's metadata names its file: `path` is `<folder's name>/<path below it>`. Files with
    the same name and content in several places share one document.
    """

    def __init__(self, folder_name: str) -> None:
        self._folder_name = folder_name
        self._by_path: dict[Path, Kept] = {}
        self._by_content: dict[tuple[str, str], Path] = {}

    async def recall(self, documents: AsyncIterator[Document]) -> None:
        """Register the documents that came from the folder."""
        async for document in documents:
            upload = document.current()
            path = None if upload is None else self._path(upload.metadata.get(PATH))
            if upload and path and document.status is not DocumentStatus.DELETING:
                kept = Kept(
                    document_id=document.document_id,
                    content_hash=upload.content_hash,
                    whole=document.pending_error is None,
                )
                self.keep(path, kept)

    def keep(self, path: Path, kept: Kept) -> None:
        """Register a file's document."""
        self.forget(path)
        self._by_path[path] = kept
        self._by_content[path.name, kept.content_hash] = path

    def forget(self, path: Path) -> None:
        """Forget a file."""
        kept = self._by_path.pop(path, None)
        if kept and self._by_content.get((path.name, kept.content_hash)) == path:
            del self._by_content[path.name, kept.content_hash]

    def get(self, path: Path) -> Kept | None:
        """Return a file's document."""
        return self._by_path.get(path)

    def twin(self, path: Path, content_hash: str) -> Path | None:
        """Return a file with the same name and content elsewhere in the folder."""
        twin = self._by_content.get((path.name, content_hash))
        return None if twin == path else twin

    def sharing(self, path: Path) -> Sequence[Path]:
        """Return the other files that share the file's document."""
        kept = self._by_path.get(path)
        if kept is None:
            return ()
        same = kept.document_id
        return [at for at, k in self._by_path.items() if at != path and k.document_id == same]

    def doubt(self, path: Path) -> None:
        """Have a file ingested again: its document may now be another file's."""
        kept = self._by_path[path]
        self.keep(path, structs.replace(kept, whole=False))

    def paths(self) -> frozenset[Path]:
        """Return every known file."""
        return frozenset(self._by_path)

    def metadata(self, path: Path) -> dict[str, str]:
        """Return the metadata that names a document's file."""
        return {PATH: f"{self._folder_name}/{path.as_posix()}"}

    def _path(self, said: object) -> Path | None:
        start = f"{self._folder_name}/"
        if not isinstance(said, str) or not said.startswith(start):
            return None
        return Path(said.removeprefix(start))
