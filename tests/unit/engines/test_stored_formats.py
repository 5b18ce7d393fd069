"""Files of the first version are read, and written to the byte, as they were then."""

from __future__ import annotations

import zlib
from base64 import b85decode
from pathlib import Path

import numpy as np

from ragtenancy.engines.lexical.bm25 import DEFAULT
from ragtenancy.engines.lexical.index_file import StoredIndex, decode, encode
from ragtenancy.engines.lexical.inverted_index import InvertedIndex
from ragtenancy.engines.lexical.postings import count_terms
from ragtenancy.engines.vectors import matrix_file

INDEX = (
    "c-kvUOi#)+GG%^itGbo}2$~ompk-A_YF=VqNqlK$%Ayj(6^VI?IhDnk#Vd;Q^2?JFb8=Ru<R_QrrskCt"
    "Pnx_a#c;8qt|23kVFYF@ODrl%tSp{2X>m=dA<v}6HklSIK(f?=8O&yai)5OxfYpH65LuWA#2qP#l|`v("
    "rFkhp=P)1vW+=@GrFoDgD-%<II`c}?Qj5U+ywnnydPW9Rz=&oZ3l4ckAi!on3z9k}BsNSv0Dw+He*"
)
MATRIX = (
    "c-kvUOfO4KW?)?Yd+vQd1_lNmAZ}e%lA4#8R}x>EnX;(FaAitnZfag}W_}*a%9Q-%QXr?Kc+%uWDTa#;"
    "bq$$-3?mSOaY<2relGL!ocz4>)Z&uU_8%BBZg;OKWMF8pN8nK~3P!;w7zLwX6pVsVFbYP&C>RB!U=$1l"
    "z}73rEd~JgoGWz"
)
SPANS = [("d1", "1-1", 1), ("d2", "1-1", 1)]


def first_version(data: str) -> bytes:
    return zlib.decompress(b85decode(data))


def test_an_index_of_the_first_version_is_read() -> None:
    stored = decode("t1", "snowball", memoryview(first_version(INDEX)))

    assert stored is not None
    assert list(stored.spans) == SPANS
    assert stored.snapshot.vocabulary.terms() == ["day", "refund", "ten"]
    assert InvertedIndex(DEFAULT, stored.snapshot).term("refund") == (1, 2)


def test_an_index_is_written_as_in_the_first_version() -> None:
    added = [count_terms(["refund", "ten", "day"]), count_terms(["refund"])]
    snapshot = InvertedIndex(DEFAULT).snapshot(added=added)

    data = encode("t1", StoredIndex(analysis="snowball", spans=SPANS, snapshot=snapshot))

    assert data == first_version(INDEX)


def test_a_matrix_of_the_first_version_is_read(tmp_path: Path) -> None:
    path = tmp_path / "matrix"
    path.write_bytes(first_version(MATRIX))

    stored = matrix_file.open_matrix(path, "t1")

    assert stored is not None
    assert list(stored.spans) == [("d1", "1-1", 2), ("d2", "1-1", 1)]
    assert stored.vectors[:3].tolist() == np.eye(3, 4).tolist()


def test_a_matrix_is_written_as_in_the_first_version(tmp_path: Path) -> None:
    path = tmp_path / "matrix"
    rows = np.eye(3, 4, dtype=np.float32)
    with path.open("wb") as file:
        matrix_file.write(file, "t1", [("d1", "1-1", rows[:2]), ("d2", "1-1", rows[2:])])

    assert path.read_bytes() == first_version(MATRIX)
