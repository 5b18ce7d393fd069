"""A client's configuration as a form, with its versions."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, get_args

import msgspec
import streamlit as st

from ragtenancy.client import Admin
from ragtenancy.domain.tenant_config import Language, ReasoningEffort, Verbosity
from ragtenancy.wire.configs import Config, ConfigPreview, ConfigVersion
from ragtenancy_console.access import in_words
from ragtenancy_console.reading import show_answer, show_source
from ragtenancy_console.wording import moment, plain

VERSIONS_SHOWN = 20
Values = dict[str, dict[str, Any]]
_OWN = "the model's own"
_TRIED = "config_tried"


@in_words
def show(admin: Admin, client_id: str) -> None:
    """Show the form and the versions of a client's configuration."""
    newest = next(admin.config_versions(client_id))
    said = st.session_state.pop("config_saved", None)
    if said is not None:
        st.success(said, icon=":material/check_circle:")
    now: Values = msgspec.to_builtins(newest.config)
    with st.form(f"config-{client_id}-{newest.version}"):
        wanted = _fields(now)
        st.markdown("**Try it**")
        question = st.text_input("Question", max_chars=8_000, key=f"try-{client_id}")
        with st.container(horizontal=True):
            tried = st.form_submit_button("Preview", icon=":material/visibility:")
            pressed = st.form_submit_button("Save", type="primary", icon=":material/save:")
    if pressed:
        _save(admin, client_id, newest, wanted)
    if tried:
        _try(admin, client_id, wanted, question)
    _preview(client_id)
    st.subheader("Versions")
    _versions(admin, client_id, newest.version)


def _save(admin: Admin, client_id: str, newest: ConfigVersion, wanted: Values) -> None:
    changes = changed(msgspec.to_builtins(newest.config), wanted)
    if not changes:
        st.info("Nothing has changed.", icon=":material/info:")
        return
    saved = admin.set_config(client_id, wanted, expected_version=newest.version)
    _say(f"Saved as version {saved.version}: {', '.join(map(plain, changes))}.")


@in_words
def _try(admin: Admin, client_id: str, wanted: Values, question: str) -> None:
    st.session_state.pop(_TRIED, None)
    if not question.strip():
        st.info("Enter a question to try the configuration with.", icon=":material/info:")
        return
    with st.spinner("Answering …"):
        found = admin.preview_config(client_id, wanted, question)
    st.session_state[_TRIED] = (client_id, found)


def _preview(client_id: str) -> None:
    """Show the last preview of this client, until its configuration is saved."""
    tried: tuple[str, ConfigPreview] | None = st.session_state.get(_TRIED)
    if tried is None or tried[0] != client_id:
        return
    found = tried[1]
    with st.container(border=True):
        st.markdown("**Preview**")
        opened = show_answer(found.answer, found.passages, key=f"preview-{client_id}")
        st.caption(_by(found))
        if found.degraded:
            st.caption(f"Unavailable for this answer: {', '.join(map(plain, found.degraded))}.")
        with st.expander("Prompt", icon=":material/terminal:"):
            for message in found.prompt:
                st.caption(message.role.capitalize())
                st.code(message.content, language=None, wrap_lines=True)
        st.caption("Nothing of this is saved.")
    if opened is not None:
        show_source(None, opened)


def _by(found: ConfigPreview) -> str:
    if found.model is not None:
        used = found.usage.prompt_tokens + found.usage.completion_tokens
        return f"Written by {plain(found.model)}, {used:,} tokens."
    if found.passages:
        return (
            "Quoted from the documents: no language model is connected, so the prompt is not sent."
        )
    return "No language model was asked."


def _say(words: str) -> None:
    st.session_state.pop(_TRIED, None)
    st.session_state["config_saved"] = words
    st.rerun()


def changed(before: Values, after: Values) -> list[str]:
    """Return the names of the fields that differ, as `section.field`."""
    return [
        f"{section}.{name}"
        for section, fields in after.items()
        for name, value in fields.items()
        if before.get(section, {}).get(name) != value
    ]


def _fields(now: Values) -> Values:
    """Show a field for every value and return what they hold; what has no field stays."""
    shown = {
        "prompts": _prompts(now["prompts"]),
        "search_settings": _search(now["search_settings"]),
        "llm_settings": _model(now["llm_settings"]),
        "features": _features(now["features"]),
        "chunking": _chunking(now["chunking"]),
        "limits": _limits(now["limits"]),
    }
    return {section: {**fields, **shown.get(section, {})} for section, fields in now.items()}


def _prompts(now: Mapping[str, Any]) -> dict[str, Any]:
    st.markdown("**Words**")
    return {
        "system_prompt": st.text_area("Persona and style", now["system_prompt"], max_chars=20_000),
        "greeting": st.text_input("Greeting", now["greeting"], max_chars=20_000),
        "no_context_response": st.text_input(
            "Reply when the documents hold no answer", now["no_context_response"], max_chars=20_000
        ),
    }


def _search(now: Mapping[str, Any]) -> dict[str, Any]:
    st.markdown("**Search**")
    weight = st.slider("Semantic weight; the rest goes to BM25", 0.0, 1.0, now["semantic_weight"])
    left, right = st.columns(2)
    languages = get_args(Language)
    return {
        "semantic_weight": weight,
        "bm25_weight": now["bm25_weight"]
        if weight == now["semantic_weight"]
        else round(1 - weight, 2),
        "top_k": left.number_input("Passages per answer", 1, 100, now["top_k"]),
        "language": right.selectbox(
            "Language of word stems", languages, index=languages.index(now["language"])
        ),
        "similarity_threshold": left.number_input(
            "Lowest cosine; empty: the calibrated rule", 0.0, 1.0, now["similarity_threshold"]
        ),
        "embedder": right.text_input("Embedder; empty: the default", now["embedder"] or "") or None,
    }


def _model(now: Mapping[str, Any]) -> dict[str, Any]:
    st.markdown("**Language model**")
    left, right = st.columns(2)
    return {
        "model": left.text_input("Model; empty: the default", now["model"] or "") or None,
        "max_tokens": right.number_input("Longest answer, in tokens", 1, 32_768, now["max_tokens"]),
        "temperature": left.number_input(
            "Temperature; empty: the model's own", 0.0, 2.0, now["temperature"], step=0.1
        ),
        "reasoning_effort": _choice(
            right, "Reasoning effort", get_args(ReasoningEffort), now["reasoning_effort"]
        ),
        "verbosity": _choice(left, "Verbosity", get_args(Verbosity), now["verbosity"]),
    }


def _choice(
    place: st.delta_generator.DeltaGenerator, label: str, values: tuple[str, ...], now: str | None
) -> str | None:
    offered = (None, *values)
    chosen: str | None = place.selectbox(
        label, offered, index=offered.index(now), format_func=lambda each: each or _OWN
    )
    return chosen


def _features(now: Mapping[str, Any]) -> dict[str, Any]:
    st.markdown("**Features**")
    return {
        "image_processing": st.toggle("Describe pictures in documents", now["image_processing"]),
        "conversation_memory": st.toggle("Keep conversations", now["conversation_memory"]),
        "attachments": st.toggle("Read files inside files", now["attachments"]),
    }


def _chunking(now: Mapping[str, Any]) -> dict[str, Any]:
    st.markdown("**Chunks of new uploads**")
    left, right = st.columns(2)
    return {
        "target_tokens": left.number_input("Tokens per chunk", 32, 1_024, now["target_tokens"]),
        "overlap_tokens": right.number_input("Overlap in tokens", 0, 512, now["overlap_tokens"]),
    }


def _limits(now: Mapping[str, Any]) -> dict[str, Any]:
    st.markdown("**Limits**; empty: the service's default")
    columns = st.columns(3)
    names = {
        "max_documents": "Documents",
        "max_pending_jobs": "Open jobs",
        "max_upload_bytes": "Bytes per upload",
    }
    return {
        name: column.number_input(label, 1, None, now[name])
        for column, (name, label) in zip(columns, names.items(), strict=True)
    }


def _versions(admin: Admin, client_id: str, current: int) -> None:
    versions = list(islice(admin.config_versions(client_id), VERSIONS_SHOWN + 1))
    for version, older in zip(versions, [*versions[1:], None], strict=True):
        if older is None and len(versions) > VERSIONS_SHOWN:
            st.caption(f"The latest {VERSIONS_SHOWN} versions.")
            return
        with st.container(horizontal=True, vertical_alignment="center", border=True):
            st.markdown(
                f"**{version.version}** · {moment(version.created_at)} · {plain(version.created_by)}  \n{_difference(version.config, older)}"
            )
            if version.version == current:
                st.badge("current", color="green")
            elif st.button(
                "Restore", key=f"restore-{client_id}-{version.version}", icon=":material/restore:"
            ):
                made = admin.rollback_config(client_id, version.version)
                _say(f"Version {version.version} is restored as version {made.version}.")


def _difference(config: Config, older: ConfigVersion | None) -> str:
    if older is None:
        return "the first version"
    names = changed(msgspec.to_builtins(older.config), msgspec.to_builtins(config))
    return ", ".join(map(plain, names)) or "no change"
