"""Files: originals in the data folder, beside records stored anywhere but in memory."""

from __future__ import annotations

from ragtenancy.backend.offers import Backend, BlobsOffer, OpenedBlobs, Place
from ragtenancy.backend.resources import Resources


def _open(resources: Resources) -> OpenedBlobs:
    from ragtenancy.adapters.files.blobs import FileBlobStore, FileTenantStorage

    folder = resources.tenants_dir
    return OpenedBlobs(store=FileBlobStore(folder), storage=FileTenantStorage(folder))


FILES = Backend(name="files", blobs=BlobsOffer(name="files", open=_open, place=Place.FOLDER))
