"""Names of uploaded files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.errors import MalformedError
from ragtenancy.http.downloads import attachment
from ragtenancy.http.uploads import cleaned_filename


@pytest.mark.parametrize(
    ("given_name", "cleaned"),
    [
        ("Guide.docx", "Guide.docx"),
        ("../../etc/passwd\x00.docx", "passwd.docx"),
        ("C:\\Users\\me\\Guide.docx", "Guide.docx"),
        ("u\u0308ber\u202egnp.docx", "\u00fcbergnp.docx"),
        (" a\r\nb.txt ", "ab.txt"),
    ],
)
def test_a_name_loses_its_path_and_controls(given_name: str, cleaned: str) -> None:
    assert cleaned_filename(given_name) == cleaned


@pytest.mark.parametrize("name", ["", " ", "/", "a/", "..", "\x00", "x" * 256])
def test_a_name_that_is_none_is_malformed(name: str) -> None:
    with pytest.raises(MalformedError):
        cleaned_filename(name)


@given(st.text(max_size=300))
def test_a_cleaned_name_stays_and_fits_a_header(name: str) -> None:
    try:
        cleaned = cleaned_filename(name)
    except MalformedError:
        return
    assert cleaned_filename(cleaned) == cleaned
    assert attachment(cleaned).isascii()
    assert attachment(cleaned).isprintable()
