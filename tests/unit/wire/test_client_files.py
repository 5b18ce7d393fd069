"""`prompts.yaml` and `clients.yaml`: schema, examples, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from ragtenancy.composition.client_files import read_clients, read_prompts
from ragtenancy.domain.errors import MalformedError
from scripts import file_schemas

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
HASH = "0" * 64


@pytest.mark.parametrize("name", file_schemas.FILES)
def test_the_schemas_are_those_of_the_code(name: str) -> None:
    written = (EXAMPLES / name).read_text(encoding="utf-8")

    assert written == file_schemas.schema(file_schemas.FILES[name]), "run scripts/file_schemas.py"


def test_the_example_of_clients_satisfies_its_schema() -> None:
    schema = json.loads((EXAMPLES / "clients.schema.json").read_text(encoding="utf-8"))
    example = yaml.safe_load((EXAMPLES / "clients.yaml").read_text(encoding="utf-8"))

    jsonschema.Draft202012Validator(schema).validate(example)


def test_the_example_of_prompts_is_taken_over_whole() -> None:
    prompts = read_prompts(EXAMPLES / "prompts.yaml")

    prompts.config.require_offered(())
    assert prompts.config.search_settings.similarity_threshold == 0.5
    assert prompts.left_out == []


def test_the_example_of_clients_is_read() -> None:
    (client,) = read_clients(EXAMPLES / "clients.yaml").clients

    assert (client.client_id, client.pinecone_namespace) == ("circular_ai", "circular_ai")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("top_k: [1", "YAML|flow|expected"),
        ("greeting: !!python/object/apply:os.getcwd []\n", "python"),
    ],
)
def test_prompts_that_are_not_yaml_are_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(MalformedError, match=told) as refused:
        read_prompts(_written(tmp_path, text))

    assert str(refused.value).startswith("file.yaml: ")


def test_prompts_that_are_not_utf_8_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_bytes("greeting: Grüß Gott".encode("cp1252"))

    with pytest.raises(MalformedError, match=r"file\.yaml"):
        read_prompts(path)


@pytest.mark.parametrize(
    "clients",
    [
        [],
        [{"client_id": "a", "name": "A"}],
        [{"client_id": "a", "name": "A", "api_key_hash": "secret"}],
        [{"client_id": "A B", "name": "A", "api_key_hash": HASH}],
        [{"client_id": "a", "name": "A", "api_key_hash": HASH, "id": "client_b"}],
        [{"client_id": "a", "name": "A", "api_key_hash": HASH, "surplus": 1}],
        [
            {"client_id": "a", "name": "A", "api_key_hash": HASH},
            {"client_id": "b", "name": "B", "api_key_hash": HASH},
        ],
        [
            {"client_id": "a", "name": "A", "api_key_hash": HASH},
            {"client_id": "b", "name": "B", "api_key_hash": "1" * 64, "pinecone_namespace": "a"},
        ],
    ],
)
def test_clients_that_cannot_be_meant_are_refused(tmp_path: Path, clients: list[Any]) -> None:
    with pytest.raises(MalformedError):
        read_clients(_written(tmp_path, yaml.safe_dump({"clients": clients})))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MalformedError, match=r"away\.yaml cannot be read"):
        read_prompts(tmp_path / "away.yaml")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(MalformedError, match="larger"):
        read_prompts(_written(tmp_path, "#" * 4_000_001))


def _written(folder: Path, text: str) -> Path:
    path = folder / "file.yaml"
    path.write_text(text, encoding="utf-8")
    return path
