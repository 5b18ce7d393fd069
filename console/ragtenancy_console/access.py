"""Who is signed in, to which server; failures of it in words.

The key is kept in Streamlit's session on the server and nowhere else: a reload of the browser's page
ends the session.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Literal, ParamSpec

import streamlit as st
from msgspec import Struct

from ragtenancy.client import Client
from ragtenancy.client.protocol import address
from ragtenancy.domain.errors import RagTenancyError, UnauthenticatedError
from ragtenancy_console.wording import plain, sentence

Given = ParamSpec("Given")
_WHO = "signed_in"
_LEFT = "why_signed_out"


class SignedIn(Struct, frozen=True, kw_only=True):
    """A key that the server accepts, with whose it is."""

    client: Client
    role: Literal["client", "operator"]
    name: str
    client_id: str = ""
    greeting: str = ""


def signed_in() -> SignedIn | None:
    """Return who is signed in, if anybody."""
    found: SignedIn | None = st.session_state.get(_WHO)
    return found


def me() -> SignedIn:
    """Return who is signed in, on pages that nobody else can see."""
    found = signed_in()
    if found is None:
        st.stop()
    return found


def in_words(page: Callable[Given, None]) -> Callable[Given, None]:
    """Show an error of the server as a sentence; sign out if the key is no longer accepted."""

    @functools.wraps(page)
    def shown(*args: Given.args, **kwargs: Given.kwargs) -> None:
        try:
            page(*args, **kwargs)
        except UnauthenticatedError as error:
            sign_out(sentence(error))
            st.rerun()
        except RagTenancyError as error:
            st.error(sentence(error), icon=":material/error:")

    return shown


def sign_out(why: str | None = None) -> None:
    """Forget the key and everything that was shown with it."""
    known = signed_in()
    st.session_state.clear()
    if known is not None:
        known.client.close()
    if why is not None:
        st.session_state[_LEFT] = why


def sidebar(known: SignedIn) -> None:
    """Show whose key it is, and the way out."""
    with st.sidebar:
        st.caption("Operator" if known.role == "operator" else "Client")
        st.text(known.name)
        st.button("Sign out", icon=":material/logout:", on_click=sign_out, width="stretch")


def sign_in_page() -> None:
    """Ask for a key, and sign in with it."""
    st.title("ragtenancy")
    st.write(
        "Sign in with a client's key to chat and manage its documents, or with the operator's key to manage clients."
    )
    left = st.session_state.pop(_LEFT, None)
    if left is not None:
        st.warning(left, icon=":material/logout:")
    with st.form("sign_in"):
        key = st.text_input("Key", type="password", placeholder="rtk_…", autocomplete="off")
        pressed = st.form_submit_button("Sign in", type="primary", icon=":material/login:")
    st.caption(
        f"Server: {plain(address(None))}. The key stays in this session and is gone when you close or reload the page."
    )
    if pressed:
        _sign_in(key.strip())


def _sign_in(key: str) -> None:
    if not key.isascii() or not key:
        st.error("Enter a key, such as `rtk_…`.", icon=":material/error:")
        return
    # A person is told at once, and decides whether to try again.
    client = Client(api_key=key, retries=0)
    try:
        st.session_state[_WHO] = _known(client)
    except RagTenancyError as error:
        client.close()
        st.error(sentence(error), icon=":material/error:")
        return
    st.rerun()


def _known(client: Client) -> SignedIn:
    """Return whose key it is: a client's, or else an operator's."""
    try:
        own = client.view()
    except UnauthenticatedError:
        next(client.admin.tenants(), None)
        return SignedIn(client=client, role="operator", name="All clients")
    return SignedIn(
        client=client,
        role="client",
        name=own.name,
        client_id=own.client_id,
        greeting=own.greeting,
    )
