"""Names of uploaded files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.filenames import cleaned_filename
from ragtenancy.http.downloads import attachment


@pytest.mark.parametrize(
    ("given_name", "cleaned"),
    [
        ("Guide.docx", "Guide.docx"),
        ("../../etc/passwd\x00.docx", "passwd.docx"),
        ("C:\\Users\\me\\Guide.docx", "Guide.docx"),
        ("u\u0308ber\u202egnp.docx", "\u00fcbergnp.docx"),
        (" a\r\nb.txt ", "ab.txt"),
        ("pay\u200broll\u061c.txt", "payroll.txt"),
        ("=?utf-8?B?w5xiZXJzaWNodC5kb2N4?=", "\u00dcbersicht.docx"),  # .NET, PowerShell
        ("=?UTF-8?Q?=C3=9Cbersicht_2.docx?=", "\u00dcbersicht 2.docx"),
        ("=?utf-8?B?Li4vLi4vcGFzc3dk?=", "passwd"),
        ("=?utf-8?B?w5xiZXI=?= =?utf-8?B?c2ljaHQ=?=", "\u00dcbersicht"),
        ("=?no-such?B?w5xi?=", "=?no-such?B?w5xi?="),
        ("=?utf-8?B?w5x", "=?utf-8?B?w5x"),
        ("=?utf-8?B?/w==?=", "=?utf-8?B?/w==?=".rpartition("/")[2]),
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
