"""Health: the server's backends, checked anew every few seconds."""

from __future__ import annotations

import streamlit as st

from ragtenancy.client.protocol import address
from ragtenancy_console.access import in_words, me
from ragtenancy_console.wording import plain

_WORDS = {
    "healthy": "Every backend is connected.",
    "degraded": "The server works, but an optional backend does not, or one warns.",
    "unhealthy": "A backend that the server needs is unavailable.",
}


def page() -> None:
    """Show the backends' states."""
    st.title("Health")
    st.caption(f"{plain(address(None))}, checked every 5 seconds.")
    _state()


@st.fragment(run_every="5s")
@in_words
def _state() -> None:
    health = me().client.health()
    told = {"healthy": st.success, "degraded": st.warning}.get(health.status, st.error)
    told(_WORDS[health.status], icon=":material/favorite:")
    for name, state in health.services.items():
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.text(name)
            if state == "connected":
                st.badge("connected", icon=":material/check:", color="green")
            else:
                st.badge(state, icon=":material/close:", color="red")
            if name in health.reasons:
                st.badge(plain(health.reasons[name]), icon=":material/error:", color="red")
            if name in health.warnings:
                st.badge(plain(health.warnings[name]), icon=":material/warning:", color="orange")
