"""Clients: the operator's page, from a client's first key to the receipt of its deletion."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ragtenancy.client import Admin
from ragtenancy.domain.api_keys import Scope
from ragtenancy.wire.clients import Client as ClientRecord
from ragtenancy.wire.clients import Deletion, Key
from ragtenancy_console import config_form
from ragtenancy_console.access import in_words, me
from ragtenancy_console.wording import moment, plain

_NEW_KEY = "new_key"
_DELETION = "client_deletion"
_COLOURS = {"active": "green", "suspended": "orange", "deleting": "red"}


@in_words
def page() -> None:
    """Show the list, the form for a new client and one client."""
    admin = me().client.admin
    st.title("Clients")
    _show_new_key()
    _show_deletion(admin)
    clients = list(admin.tenants())
    with st.expander("New client", icon=":material/person_add:", expanded=not clients):
        _create(admin)
    if not clients:
        st.info("No clients yet. Create the first one above.", icon=":material/group:")
        return
    _list(clients)
    _one(admin, clients)


def _create(admin: Admin) -> None:
    with st.form("create", border=False):
        client_id = st.text_input(
            "Id",
            placeholder="acme",
            help="Lower-case letters, digits, hyphens and underscores; it cannot be changed.",
        )
        name = st.text_input("Name", placeholder="Acme Corporation", max_chars=200)
        pressed = st.form_submit_button("Create", type="primary", icon=":material/add:")
    if pressed:
        made = admin.create_tenant(client_id.strip(), name=name.strip() or None)
        _reveal(f"The first key of {plain(made.client_id)}", made.api_key, made.client_id)


def _reveal(what: str, key: str, client_id: str) -> None:
    st.session_state[_NEW_KEY] = (what, key, client_id)
    st.rerun()


def _show_new_key() -> None:
    """Show a new key on this one run: no later run has it."""
    made: tuple[str, str, str] | None = st.session_state.pop(_NEW_KEY, None)
    if made is not None:
        what, key, st.session_state["open_client"] = made
        st.success(f"{what}. Copy it now: it is not shown again.", icon=":material/key:")
        st.code(key, language=None, wrap_lines=True)


def _list(clients: Sequence[ClientRecord]) -> None:
    st.dataframe(
        {
            "Id": [each.client_id for each in clients],
            "Name": [each.name for each in clients],
            "Status": [each.status for each in clients],
            "Created": [each.created_at.date() for each in clients],
        },
        hide_index=True,
        height="content" if len(clients) <= 10 else 390,
        column_config={
            "Status": st.column_config.TextColumn(width=100),
            "Created": st.column_config.DateColumn(format="YYYY-MM-DD", width=104),
        },
    )


def _one(admin: Admin, clients: Sequence[ClientRecord]) -> None:
    by_id = {each.client_id: each for each in clients}
    if st.session_state.get("open_client") not in by_id:
        st.session_state.pop("open_client", None)
    chosen = st.selectbox(
        "Open a client", list(by_id), index=None, placeholder="Type an id", key="open_client"
    )
    if chosen is None:
        return
    client = by_id[chosen]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(client.name)
        st.badge(client.status, color=_COLOURS[client.status])  # type: ignore[arg-type]
    tabs = st.tabs(["Configuration", "Keys", "Access and deletion"], key=f"tabs-{chosen}")
    with tabs[0]:
        config_form.show(admin, chosen)
    with tabs[1]:
        _keys(admin, chosen)
    with tabs[2]:
        _access(admin, client)


@in_words
def _keys(admin: Admin, client_id: str) -> None:
    for key in admin.api_keys(client_id):
        _key_row(admin, client_id, key)
    with st.form(f"key-{client_id}"):
        st.markdown("**New key**")
        label = st.text_input("Label", placeholder="What it is for", max_chars=100)
        scopes = st.multiselect("Scopes", list(Scope), default=list(Scope))
        pressed = st.form_submit_button("Create key", icon=":material/key:")
    if pressed:
        made = admin.create_api_key(client_id, label=label, scopes=scopes)
        _reveal(f"A new key of {plain(client_id)}", made.api_key, client_id)


def _key_row(admin: Admin, client_id: str, key: Key) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        expires = "" if key.expires_at is None else f" · expires {moment(key.expires_at)}"
        scopes = ", ".join(each.value for each in key.scopes)
        st.markdown(
            f"**{plain(key.label) or 'without a label'}** · {plain(key.key_id)}  \n{scopes} · created {moment(key.created_at)}{expires}"
        )
        if key.revoked_at is not None:
            st.badge("revoked", color="grey")
        elif st.button("Revoke", key=f"revoke-{key.key_id}", icon=":material/block:"):
            admin.revoke_api_key(client_id, key.key_id)
            st.rerun()


@in_words
def _access(admin: Admin, client: ClientRecord) -> None:
    if client.status == "suspended":
        st.write("Every key of this client is refused.")
        if st.button("Let it in again", icon=":material/play_arrow:"):
            admin.resume_tenant(client.client_id)
            st.rerun()
    elif client.status == "active":
        st.write("A suspended client keeps its data, but every key of it is refused.")
        if st.button("Suspend", icon=":material/pause:"):
            admin.suspend_tenant(client.client_id)
            st.rerun()
    with st.form(f"rename-{client.client_id}"):
        name = st.text_input("Name", client.name, max_chars=200)
        if st.form_submit_button("Rename", icon=":material/edit:"):
            admin.rename_tenant(client.client_id, name.strip())
            st.rerun()
    with st.form(f"delete-{client.client_id}"):
        st.write(
            "Deletion removes the client with its documents, conversations and keys, for good."
        )
        typed = st.text_input("Type the client's id to delete it", autocomplete="off")
        pressed = st.form_submit_button("Delete this client", icon=":material/delete:")
    if pressed and typed != client.client_id:
        st.error("The id does not match; nothing was deleted.", icon=":material/error:")
    elif pressed:
        st.session_state[_DELETION] = admin.delete_tenant(client.client_id).deletion_id
        st.rerun()


def _show_deletion(admin: Admin) -> None:
    """Show the receipt of the last deletion, as it grows."""
    deletion_id: str | None = st.session_state.get(_DELETION)
    if deletion_id is None:
        return
    deletion = admin.deletion(deletion_id)
    if deletion.verified:
        _receipt(deletion)
    else:
        _follow_deletion(admin, deletion_id)


@st.fragment(run_every="2s")
@in_words
def _follow_deletion(admin: Admin, deletion_id: str) -> None:
    deletion = admin.deletion(deletion_id)
    if deletion.verified:
        st.rerun()
    _receipt(deletion)


def _receipt(deletion: Deletion) -> None:
    with st.container(border=True):
        name = plain(deletion.client_id)
        if deletion.verified:
            st.success(
                f"{name} is deleted. Every store confirms that nothing is left.",
                icon=":material/verified:",
            )
        else:
            st.info(f"{name} is being deleted.", icon=":material/hourglass_top:")
        with st.container(horizontal=True):
            for store, count in deletion.removed.items():
                st.metric(plain(store).replace("\\_", " ").capitalize(), f"{count:,}")
        st.caption(f"Receipt {plain(deletion.deletion_id)}, {moment(deletion.requested_at)}")
