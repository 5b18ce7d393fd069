"""Settings: one frozen tree, read once from the environment and a `.env` beside the process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.domain.tenant_config import DefaultLimits

PREFIX = "RAGTENANCY_"
MIN_ADMIN_KEY = 32
Port = Annotated[int, Meta(ge=0, le=65_535)]
Seconds = Annotated[float, Meta(gt=0, le=600)]


class Secret:
    """A string that does not print itself."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the string."""
        return self._value

    def __repr__(self) -> str:
        """Hide the string."""
        return "Secret('***')"


class OpenAISettings(Struct, frozen=True, kw_only=True):
    """`OPENAI_*`: the chat model; embeddings and pictures move only with models of their own."""

    api_key: Secret | None = None
    base_url: str | None = None
    model: str | None = None
    embedding_model: str | None = None
    vision_model: str | None = None

    @property
    def chat_enabled(self) -> bool:
        """Whether a language model answers, instead of extraction."""
        return self.model is not None and (self.api_key is not None or self.base_url is not None)


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The process's settings; each field is `RAGTENANCY_<NAME>` in the environment."""

    host: str = "127.0.0.1"
    port: Port = 8000
    data_dir: Path = Path("data")
    environment: Annotated[str, Meta(pattern=r"\A[a-z0-9]{1,16}\Z")] = "local"
    storage: Literal["sqlite", "memory"] = "sqlite"
    lexical: Literal["bm25", "rank_bm25"] = "bm25"
    image_describer: Literal["auto", "openai", "ocr", "none"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"
    broker_url: Secret | None = None
    models: Annotated[str, Meta(max_length=4_000)] = ""
    embedding_model_path: Path | None = None
    embedding_tokenizer_path: Path | None = None
    embedding_threads: Annotated[int, Meta(ge=1, le=64)] = 2
    semantic_timeout: Seconds = 10.0
    bm25_timeout: Seconds = 10.0
    max_documents: Annotated[int, Meta(ge=1)] = 10_000
    max_pending_jobs: Annotated[int, Meta(ge=1)] = 8
    max_upload_bytes: Annotated[int, Meta(ge=1)] = 50_000_000
    index_bytes: Annotated[int, Meta(ge=1)] = 2_000_000_000
    exact_chunks: Annotated[int, Meta(ge=0)] = 50_000
    admin_keys: Mapping[str, Secret] = {}
    openai: OpenAISettings = OpenAISettings()

    @property
    def allowed_models(self) -> frozenset[str]:
        """The models that a tenant may name: the operator's list and the installation's own."""
        named = {name.strip() for name in self.models.split(",")} | {self.openai.model or ""}
        return frozenset(named - {""})

    @property
    def default_limits(self) -> DefaultLimits:
        """The service's bounds where a tenant's are null."""
        return DefaultLimits(
            max_documents=self.max_documents,
            max_pending_jobs=self.max_pending_jobs,
            max_upload_bytes=self.max_upload_bytes,
        )


_APART = frozenset({"admin_keys", "openai"})


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of an environment, by default the process's and its `.env`.

    Raises `ConfigurationError` for unknown names under our prefix and for bad values.
    """
    found = _environment() if environ is None else environ
    own = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in found.items()
        if name.startswith(PREFIX)
    }
    unknown = sorted(set(own) - set(Settings.__struct_fields__) | (set(own) & _APART))
    if unknown:
        names = ", ".join(PREFIX + name.upper() for name in unknown)
        raise ConfigurationError(f"Unknown settings: {names}.")
    try:
        settings = msgspec.convert(own, Settings, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"Bad setting: {error}.") from None
    return msgspec.structs.replace(
        settings,
        admin_keys=_admin_keys(found.get("ADMIN_API_KEY", "")),
        openai=_openai(found),
    )


def _path(type_: type, value: object) -> object:
    if type_ is Path and isinstance(value, str) and value:
        return Path(value)
    if type_ is Secret and isinstance(value, str) and value:
        return Secret(value)
    raise ValueError("a path or a secret is expected")


def _environment() -> Mapping[str, str]:
    import os

    from dotenv import dotenv_values

    written = {name: value for name, value in dotenv_values(".env").items() if value is not None}
    return {**written, **os.environ}


def _openai(found: Mapping[str, str]) -> OpenAISettings:
    key = found.get("OPENAI_API_KEY")
    return OpenAISettings(
        api_key=Secret(key) if key else None,
        base_url=found.get("OPENAI_BASE_URL") or None,
        model=found.get("OPENAI_MODEL") or None,
        embedding_model=found.get("OPENAI_EMBEDDING_MODEL") or None,
        vision_model=found.get("OPENAI_VISION_MODEL") or None,
    )


def _admin_keys(text: str) -> dict[str, Secret]:
    """Return the operators' keys by name: `key`, or `alice=key,bob=key`."""
    keys: dict[str, Secret] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, named, key = part.partition("=")
        if not (named and name.isidentifier() and key.strip("=")):
            name, key = "operator", part
        if not key.isascii() or not key.isprintable() or len(key) < MIN_ADMIN_KEY:
            raise ConfigurationError(
                f"ADMIN_API_KEY: each key needs at least {MIN_ADMIN_KEY} printable ASCII characters."
            )
        if name in keys:
            raise ConfigurationError(f"ADMIN_API_KEY names {name!r} twice.")
        keys[name] = Secret(key)
    return keys
