"""Settings from an environment."""

from __future__ import annotations

import pytest

from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.settings import Secret, load_settings


def test_an_empty_environment_is_the_embedded_product() -> None:
    settings = load_settings({})

    assert (settings.host, settings.port, settings.storage) == ("127.0.0.1", 8000, "sqlite")


def test_values_are_read_by_name() -> None:
    settings = load_settings({"RAGTENANCY_PORT": "9000", "RAGTENANCY_DATA_DIR": "elsewhere"})

    assert (settings.port, str(settings.data_dir)) == (9000, "elsewhere")


@pytest.mark.parametrize(
    "environ",
    [
        {"RAGTENANCY_PROT": "9000"},
        {"RAGTENANCY_PORT": "many"},
        {"RAGTENANCY_PORT": "70000"},
        {"RAGTENANCY_ADMIN_KEYS": "x"},
        {"RAGTENANCY_STORAGE": "floppy"},
        {"ADMIN_API_KEY": "short"},
        {"ADMIN_API_KEY": "ü" * 40},
        {"ADMIN_API_KEY": "alice=short,bob=" + "b" * 32},
        {"ADMIN_API_KEY": f"alice={'a' * 32},alice={'b' * 32}"},
    ],
)
def test_what_cannot_be_meant_is_refused(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError):
        load_settings(environ)


def test_admin_keys_may_have_names() -> None:
    settings = load_settings({"ADMIN_API_KEY": f"alice={'a' * 32},bob={'b' * 32}"})

    assert {name: key.reveal() for name, key in settings.admin_keys.items()} == {
        "alice": "a" * 32,
        "bob": "b" * 32,
    }


def test_one_admin_key_needs_no_name() -> None:
    settings = load_settings({"ADMIN_API_KEY": "k" * 32})

    assert settings.admin_keys["operator"].reveal() == "k" * 32


def test_a_secret_does_not_print_itself() -> None:
    assert "hunter" not in f"{Secret('hunter2')!r} {Secret('hunter2')}"


def test_openai_needs_a_model_and_a_way_to_reach_it() -> None:
    assert not load_settings({"OPENAI_API_KEY": "k"}).openai.chat_enabled


def test_a_chat_model_does_not_move_the_embeddings() -> None:
    settings = load_settings({"OPENAI_API_KEY": "k", "OPENAI_MODEL": "gpt-4o"})

    assert (settings.openai.chat_enabled, settings.openai.embedding_model) == (True, None)


def test_the_installations_own_model_may_be_named_by_tenants() -> None:
    settings = load_settings({"OPENAI_MODEL": "gpt-4o", "RAGTENANCY_MODELS": "a, b"})

    assert settings.allowed_models == {"gpt-4o", "a", "b"}
