"""Documents: upload, list, read as the system did, replace and delete."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ragtenancy.client import Client
from ragtenancy.domain.errors import NotFoundError
from ragtenancy.wire.documents import Document, Receipt
from ragtenancy_console.access import in_words, me
from ragtenancy_console.reading import show_chunks
from ragtenancy_console.uploading import Batch, NewFile, Progress
from ragtenancy_console.wording import counted, moment, plain

CHUNKS_SHOWN = 100
_ROUND = "upload_round"
_SENT = "upload_results"
_RECEIPT = "deletion_receipt"
_ICONS = {
    "waiting": ":material/schedule:",
    "ingesting": ":material/sync:",
    "ready": ":material/check_circle:",
    "failed": ":material/error:",
}


@in_words
def page() -> None:
    """Show the upload box, the list and one document."""
    client = me().client
    st.title("Documents")
    _upload(client)
    receipt: Receipt | None = st.session_state.pop(_RECEIPT, None)
    if receipt is not None:
        _show_receipt(receipt)
    documents = sorted(client.documents(), key=lambda each: each.uploaded_at, reverse=True)
    if not documents:
        st.info(
            "No documents yet. Drop a file above; it is ready to be asked about in seconds.",
            icon=":material/folder_open:",
        )
        return
    _list(documents)
    _one(client, documents)


def _upload(client: Client) -> None:
    limits = client.view().limits
    # A new key empties the box once its files are sent.
    files = st.file_uploader(
        "Upload documents",
        accept_multiple_files=True,
        max_upload_size=_megabytes(limits.max_upload_bytes),
        key=f"upload-{st.session_state.get(_ROUND, 0)}",
    )
    st.caption("Word, PowerPoint, Excel, PDF, e-mail, HTML, Markdown, text and more.")
    if files and st.button(
        f"Upload {counted(len(files), 'file')}", type="primary", icon=":material/upload:"
    ):
        st.session_state[_SENT] = _send(client, files, room=limits.max_pending_jobs)
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
        st.rerun()
    _show_results()


def _megabytes(limit: int | None) -> int | None:
    """Return a limit in bytes as the upload box takes it; the server decides to the byte."""
    return None if limit is None else -(-limit // 1_000_000)


def _send(
    client: Client,
    files: Sequence[UploadedFile],
    *,
    room: int | None,
    document_id: str | None = None,
) -> list[Progress]:
    """Upload files and show each one's progress; return how each ended."""
    named = [NewFile(name=each.name, content=each.getvalue()) for each in files]
    batch = Batch(client, named, room=room or 1, document_id=document_id)
    rows = [st.empty() for _ in batch.files]
    while not batch.is_done:
        batch.advance()
        for row, each in zip(rows, batch.files, strict=True):
            row.progress(each.share, text=f"{plain(each.file.name)}: {each.words}")
    return [
        Progress(file=NewFile(name=each.file.name, content=b""), job=each.job, failure=each.failure)
        for each in batch.files
    ]


def _show_results() -> None:
    results: list[Progress] = st.session_state.pop(_SENT, [])
    if not results:
        return
    failed = sum(each.state == "failed" for each in results)
    summary = f"{counted(len(results) - failed, 'file')} ready" + (
        f", {failed} failed" if failed else ""
    )
    with st.status(summary, state="error" if failed else "complete", expanded=True):
        for each in results:
            st.markdown(f"{_ICONS[each.state]} **{plain(each.file.name)}**: {each.words}")
            for warning in each.job.ingestion.warnings if each.job is not None else ():
                st.caption(plain(warning))


def _list(documents: Sequence[Document]) -> None:
    active = sum(each.status == "active" for each in documents)
    st.subheader(counted(len(documents), "document"))
    if active < len(documents):
        st.caption(f"{active:,} of them can be searched.")
    st.dataframe(
        {
            "Name": [each.filename for each in documents],
            "Status": [each.status for each in documents],
            "Chunks": [each.ingestion.total_chunks for each in documents],
            "Uploaded": [each.uploaded_at.date() for each in documents],
        },
        hide_index=True,
        height="content" if len(documents) <= 10 else 390,
        column_config={"Uploaded": st.column_config.DateColumn(format="YYYY-MM-DD")},
    )


def _one(client: Client, documents: Sequence[Document]) -> None:
    by_id = {each.document_id: each for each in documents}
    chosen = st.selectbox(
        "Open a document",
        list(by_id),
        index=None,
        format_func=lambda each: by_id[each].filename,
        placeholder="Type a name",
        key="open_document",
    )
    if chosen is None:
        return
    document = by_id[chosen]
    with st.container(border=True):
        st.text(document.filename)
        attached = "" if document.attached_to is None else " · found inside another file"
        st.caption(
            f"{document.status} · version {plain(document.version)} · {moment(document.uploaded_at)}{attached}"
        )
        if document.metadata:
            st.json(dict(document.metadata), expanded=False)
        read, replace, remove = st.tabs(["As read", "Replace", "Original and deletion"])
        with read:
            _chunks(client, document)
        with replace:
            _replace(client, document)
        with remove:
            _original_and_deletion(client, document)


@in_words
def _chunks(client: Client, document: Document) -> None:
    try:
        chunks = list(islice(client.chunks(document.document_id), CHUNKS_SHOWN))
    except NotFoundError:
        chunks = []
    if not chunks:
        st.info("Nothing of this document can be searched yet.", icon=":material/hourglass_empty:")
        return
    if document.ingestion.total_chunks > len(chunks):
        st.caption(f"The first {len(chunks)} of {document.ingestion.total_chunks:,} chunks.")
    show_chunks(chunks, key=f"chunks-{document.document_id}")


@in_words
def _replace(client: Client, document: Document) -> None:
    st.write("The document answers from its present version until the new one is ready.")
    round_ = st.session_state.get(_ROUND, 0)
    file = st.file_uploader("New version", key=f"replace-{document.document_id}-{round_}")
    if file is not None and st.button("Replace", type="primary", icon=":material/swap_horiz:"):
        st.session_state[_SENT] = _send(client, [file], room=1, document_id=document.document_id)
        st.session_state[_ROUND] = round_ + 1
        st.rerun()


@in_words
def _original_and_deletion(client: Client, document: Document) -> None:
    st.download_button(
        "Download the original",
        data=lambda: client.original(document.document_id),
        file_name=document.filename,
        mime="application/octet-stream",
        icon=":material/download:",
        on_click="ignore",
    )
    st.write("Deletion removes the original, the chunks and every index entry, for good.")
    if st.button("Delete this document", icon=":material/delete:"):
        _confirm(client, document)


@st.dialog("Delete this document?")
@in_words
def _confirm(client: Client, document: Document) -> None:
    st.text(document.filename)
    st.write("Nothing of it can be restored.")
    if st.button("Delete", type="primary", icon=":material/delete:"):
        st.session_state[_RECEIPT] = client.delete(document.document_id)
        del st.session_state["open_document"]
        st.rerun()


def _show_receipt(receipt: Receipt) -> None:
    with st.container(border=True):
        if receipt.verified:
            st.success(
                "Deleted. Every store confirms that nothing is left.", icon=":material/verified:"
            )
        else:
            st.warning(
                "Deleted and no longer searchable; a store has not confirmed yet.",
                icon=":material/hourglass_empty:",
            )
        removed = receipt.removed
        with st.container(horizontal=True):
            st.metric("Originals", removed.blobs)
            st.metric("Chunks", removed.chunks)
            st.metric("Vectors", removed.vectors)
            st.metric("Index entries", removed.lexical)
        st.caption(f"Receipt of {plain(receipt.document_id)}, {moment(receipt.deleted_at)}")
