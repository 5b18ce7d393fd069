"""Which adapter the settings choose."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from openai import AsyncAzureOpenAI
from structlog.testing import capture_logs

from ragtenancy.adapters.bm25.lexical import Bm25Index
from ragtenancy.adapters.extractive.chat_models import ExtractiveChatModel
from ragtenancy.adapters.minilm.model_files import embedded_model
from ragtenancy.adapters.minilm.session import MiniLmEmbedder
from ragtenancy.adapters.ocr.images import OcrImageDescriber
from ragtenancy.adapters.openai.azure_backend import AzureClients
from ragtenancy.adapters.openai.chat_models import OpenAIChatModel
from ragtenancy.adapters.openai.embeddings import OpenAIEmbedder
from ragtenancy.adapters.pinecone.backend import one_dimension
from ragtenancy.adapters.rank_bm25.lexical import RankBm25Index
from ragtenancy.adapters.system.null_adapters import NoImageDescriber
from ragtenancy.container import Container
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.settings import Settings, load_settings
from tests.drawn_pictures import needs_ocr

OPENAI = {"OPENAI_API_KEY": "k", "OPENAI_MODEL": "gpt-4o"}


def container(tmp_path: Path, **environ: str) -> Container:
    return Container(settings=load_settings({"RAGTENANCY_DATA_DIR": str(tmp_path), **environ}))


def test_embedded_is_the_default(tmp_path: Path) -> None:
    made = container(tmp_path)

    assert isinstance(made.embedder(), MiniLmEmbedder)
    assert isinstance(made.chat_model(), ExtractiveChatModel)
    assert isinstance(made.lexical(), Bm25Index)


async def test_a_chat_model_is_chosen_alone(tmp_path: Path) -> None:
    made = container(tmp_path, **OPENAI)
    async with made.closers():
        assert isinstance(made.chat_model(), OpenAIChatModel)
        assert isinstance(made.embedder(), MiniLmEmbedder)


async def test_embeddings_move_only_when_named(tmp_path: Path) -> None:
    made = container(tmp_path, **OPENAI, OPENAI_EMBEDDING_MODEL="text-embedding-3-small")
    async with made.closers():
        assert isinstance(made.embedder(), OpenAIEmbedder)


async def test_every_embedder_on_the_list_is_made(tmp_path: Path) -> None:
    made = container(
        tmp_path,
        **OPENAI,
        OPENAI_EMBEDDING_MODEL="text-embedding-3-small",
        RAGTENANCY_EMBEDDINGS="local,openai",
    )
    async with made.closers():
        embedders = made.embedders()

        assert embedders.default.model.dimension == 384
        assert embedders.named("openai").model.name == "text-embedding-3-small"


async def test_embedders_of_several_dimensions_share_no_index(tmp_path: Path) -> None:
    made = container(
        tmp_path,
        **OPENAI,
        OPENAI_EMBEDDING_MODEL="text-embedding-3-small",
        RAGTENANCY_EMBEDDINGS="local,openai",
    )
    async with made.closers():
        with pytest.raises(ConfigurationError, match=r"one dimension.*384.*1536"):
            one_dimension(made.embedders())


@needs_ocr
def test_pictures_are_read_here_where_ocr_is_installed(tmp_path: Path) -> None:
    assert isinstance(container(tmp_path).image_describer(), OcrImageDescriber)


def test_describing_pictures_can_be_switched_off(tmp_path: Path) -> None:
    made = container(tmp_path, RAGTENANCY_IMAGE_DESCRIBER="none")

    assert isinstance(made.image_describer(), NoImageDescriber)


async def test_a_vision_model_that_is_named_describes(tmp_path: Path) -> None:
    made = container(tmp_path, **OPENAI, OPENAI_VISION_MODEL="gpt-4o")
    async with made.closers():
        assert made.image_describer().fingerprint.startswith("openai gpt-4o")


def test_a_vision_model_must_be_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="OPENAI_VISION_MODEL"):
        container(tmp_path, **OPENAI, RAGTENANCY_IMAGE_DESCRIBER="openai")


def test_rank_bm25_can_be_chosen(tmp_path: Path) -> None:
    assert isinstance(container(tmp_path, RAGTENANCY_LEXICAL="rank_bm25").lexical(), RankBm25Index)


async def test_another_local_model_is_two_settings(tmp_path: Path) -> None:
    shipped = embedded_model()
    made = container(
        tmp_path,
        RAGTENANCY_EMBEDDING_MODEL_PATH=str(shipped.model),
        RAGTENANCY_EMBEDDING_TOKENIZER_PATH=str(shipped.tokenizer),
    )

    assert (await made.embedder().embed(["text"])).shape == (1, 384)


def test_one_of_the_two_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="Set both"):
        container(tmp_path, RAGTENANCY_EMBEDDING_MODEL_PATH=str(embedded_model().model))


def test_an_operators_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    first = container(tmp_path).admin_keys()

    assert container(tmp_path).admin_keys() == first
    assert (tmp_path / "admin.key").stat().st_mode & 0o077 == 0
    assert len(first["operator"]) >= 32


@pytest.mark.parametrize("content", [b"", b"\n", b"short", b"\xff" * 40])
def test_a_damaged_operators_key_is_never_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "admin.key").write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"admin\.key"):
        container(tmp_path).admin_keys()

    assert (tmp_path / "admin.key").read_bytes() == content


def test_an_operators_key_given_is_the_only_one(tmp_path: Path) -> None:
    made = container(tmp_path, ADMIN_API_KEY="k" * 32)

    assert made.admin_keys() == {"operator": "k" * 32}
    assert not (tmp_path / "admin.key").exists()


AZURE = {
    "AZURE_OPENAI_ENDPOINT": "https://acme.openai.azure.com",
    "AZURE_OPENAI_API_KEY": "k",
    "AZURE_DEPLOYMENT_NAME": "answers",
    "AZURE_EMBEDDING_DEPLOYMENT": "vectors",
}


async def test_the_deployment_that_answers_describes_where_none_else_is_named(
    tmp_path: Path,
) -> None:
    made = container(tmp_path, **AZURE)
    async with made.closers():
        assert made.image_describer().fingerprint.startswith("openai answers")


async def test_each_azure_deployment_has_a_client_of_its_own(tmp_path: Path) -> None:
    made = container(tmp_path, **AZURE, RAGTENANCY_AZURE_VISION_DEPLOYMENT="pictures")
    async with made.closers():
        clients = made.resources().once(AzureClients)
        assert isinstance(made.chat_model(), OpenAIChatModel)
        assert isinstance(made.embedder(), OpenAIEmbedder)
        assert made.image_describer().fingerprint.startswith("openai pictures")
        assert str(clients.of("answers").base_url).endswith(".openai.azure.com/openai/")
        assert clients.of("answers") is clients.of("answers")
        assert clients.of("answers") is not clients.of("vectors")
        assert [probe.name for probe in made.probes()] == [
            *("sqlite", "azure_openai", "azure_openai_chat", "azure_openai_embeddings"),
            *("azure_openai_images", "data_folder", "pepper"),
        ]


@pytest.mark.parametrize(
    ("given", "dimension"), [({}, 1536), ({"RAGTENANCY_AZURE_EMBEDDING_DIMENSION": "256"}, 256)]
)
async def test_the_dimension_of_a_deployment_can_be_named(
    tmp_path: Path, given: dict[str, str], dimension: int
) -> None:
    made = container(tmp_path, **AZURE, **given)
    async with made.closers():
        assert made.embedder().model.dimension == dimension


async def test_without_a_key_managed_identity_signs_in(tmp_path: Path) -> None:
    made = container(tmp_path, **(AZURE | {"AZURE_OPENAI_API_KEY": ""}))
    async with made.closers():
        client = made.resources().once(AzureClients).of("answers")

        assert isinstance(client, AsyncAzureOpenAI)
        assert client._azure_ad_token_provider is not None


async def test_without_a_key_managed_identity_signs_in_at_v1_too(tmp_path: Path) -> None:
    keyless = AZURE | {"AZURE_OPENAI_API_KEY": ""}
    endpoint = {"AZURE_OPENAI_ENDPOINT": f"{AZURE['AZURE_OPENAI_ENDPOINT'].rstrip('/')}/openai/v1/"}
    made = container(tmp_path, **(keyless | endpoint))
    async with made.closers():
        client = made.resources().once(AzureClients).of("answers")

        assert str(client.base_url).endswith(".openai.azure.com/openai/v1/")
        assert client._api_key_provider is not None


@pytest.mark.parametrize("package", ["pinecone", "azure.cosmos", "azure.storage.blob"])
def test_a_missing_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    made = container(
        tmp_path,
        COSMOS_ENDPOINT="https://acme.documents.azure.com",
        COSMOS_DATABASE="rag",
        PINECONE_API_KEY="k",
        PINECONE_INDEX_NAME="i",
        RAGTENANCY_BLOB_ENDPOINT="https://acme.blob.core.windows.net",
        ADMIN_API_KEY="0123456789abcdef" * 4,
    )

    with pytest.raises(ConfigurationError, match=rf"{package} .*pip install ragtenancy\[cloud\]"):
        made.stores()


def test_files_that_others_may_access_are_named_with_the_command_that_closes_them(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "my data"
    folder.mkdir(0o700)
    for name, mode in (("pepper.json", 0o644), ("admin.key", 0o600)):
        (folder / name).touch()
        (folder / name).chmod(mode)
    made = Container(settings=Settings(data_dir=folder))

    with capture_logs() as lines:
        made.installed_backends().warn_of_loose_files()

    [line] = [each for each in lines if each["event"] == "loose_permissions"]
    assert (line["log_level"], line["store"]) == ("warning", str(folder / "pepper.json"))
    assert line["why"].endswith(f"chmod go-rwx '{folder}/pepper.json'")
