"""The console's entry: sign-in, then the pages of the key's role."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ragtenancy_console import access, chat, clients, documents, health, search_lab, usage

PAGES = {
    "client": [
        st.Page(chat.page, title="Chat", icon=":material/chat:", url_path="chat", default=True),
        st.Page(documents.page, title="Documents", icon=":material/folder:", url_path="documents"),
        st.Page(search_lab.page, title="Search lab", icon=":material/tune:", url_path="search"),
        st.Page(usage.page, title="Usage", icon=":material/bar_chart:", url_path="usage"),
        st.Page(health.page, title="Health", icon=":material/favorite:", url_path="health"),
    ],
    "operator": [
        st.Page(
            clients.page, title="Clients", icon=":material/group:", url_path="clients", default=True
        ),
        st.Page(usage.page, title="Usage", icon=":material/bar_chart:", url_path="usage"),
        st.Page(health.page, title="Health", icon=":material/favorite:", url_path="health"),
    ],
}

# A file: a Material icon in the tab of the browser would be fetched from its maker.
st.set_page_config(
    page_title="ragtenancy console",
    page_icon=str(Path(access.__file__).with_name("favicon.svg")),
    layout="centered",
)
signed_in = access.signed_in()
if signed_in is None:
    st.navigation([st.Page(access.sign_in_page, title="Sign in")], position="hidden").run()
else:
    chosen = st.navigation(PAGES[signed_in.role])
    access.sidebar(signed_in)
    chosen.run()
