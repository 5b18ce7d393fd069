"""The file of relevance scales: kept whole, and refused in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec import to_builtins

from ragtenancy.adapters.files.relevance_scales import KeptScale, read_scales, write_scale
from ragtenancy.app.search.relevance_scales import RelevanceScales
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.domain.ids import Fingerprint
from ragtenancy.domain.relevance import Scale
from ragtenancy.ports.embeddings import Embedders
from tests.scripted.embeddings import ScriptedEmbedder


def kept(fingerprint: str, factor: float = 1.5) -> KeptScale:
    return KeptScale(
        fingerprint=fingerprint, model=fingerprint, questions=40, offset=0.1, factor=factor
    )


def test_each_embedders_scale_is_kept_and_replaced_alone(tmp_path: Path) -> None:
    path = tmp_path / "scales.json"

    write_scale(path, kept("a"))
    write_scale(path, kept("b"))
    write_scale(path, kept("a", 2.0))

    found = read_scales(path)
    assert {name: scale.factor for name, scale in found.items()} == {"a": 2.0, "b": 1.5}
    assert found[Fingerprint("a")].source == "fitted"
    assert [each.name for each in tmp_path.iterdir()] == ["scales.json"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (None, "does not exist"),
        ("{", "is damaged"),
        ('{"format": 2, "scales": []}', "of another version"),
        (
            json.dumps({"format": 1, "scales": [{**to_builtins(kept("a")), "factor": 0}]}),
            "factor",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, body: str | None, words: str) -> None:
    path = tmp_path / "scales.json"
    if body is not None:
        path.write_text(body)

    with pytest.raises(ConfigurationError) as caught:
        read_scales(path)

    assert words in caught.value.detail
    assert str(path) in caught.value.detail


def test_a_scale_of_another_embedder_is_refused_with_both_named() -> None:
    embedders = Embedders({"local": ScriptedEmbedder(name="minilm")})

    with pytest.raises(ConfigurationError) as caught:
        RelevanceScales(embedders, {Fingerprint("other"): Scale()})

    assert "fingerprint other; those in use are minilm (minilm)" in caught.value.detail


def test_an_embedder_without_a_fitted_scale_keeps_its_own() -> None:
    first, second = ScriptedEmbedder(name="first"), ScriptedEmbedder(name="second")
    scales = RelevanceScales(
        Embedders({"a": first, "b": second}), {Fingerprint("first"): Scale(factor=2.0)}
    )

    assert scales.of(None).factor == 2.0
    assert scales.of(Fingerprint("first")).factor == 2.0
    assert scales.of(Fingerprint("second")) == Scale()
