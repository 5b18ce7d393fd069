from __future__ import annotations

import pytest

from ragtenancy.adapters.formats.limits import ScanLimits
from ragtenancy.adapters.formats.packages import XmlScan
from ragtenancy.domain.errors import UnreadableDocumentError


def test_sound_xml_passes() -> None:
    scan = XmlScan(ScanLimits())

    scan.check([b"<a><b/>", b"text</a>"])


@pytest.mark.parametrize(
    ("content", "limits", "expected"),
    [
        (b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>', ScanLimits(), "dtd"),
        ('<!DOCTYPE x [<!ENTITY a "aa">]><x>&a;</x>'.encode("utf-16"), ScanLimits(), "dtd"),
        (b"<a>" * 101, ScanLimits(), "too_deep"),
        (b"<a><b/><b/></a>", ScanLimits(elements=2), "too_many_elements"),
        (b"<a>", ScanLimits(), "corrupt_document"),
        (b"", ScanLimits(), "corrupt_document"),
    ],
)
def test_unsound_xml_is_refused_with_its_code(
    content: bytes, limits: ScanLimits, expected: str
) -> None:
    with pytest.raises(UnreadableDocumentError) as refused:
        XmlScan(limits).check([content])

    assert refused.value.reason == expected


def test_elements_are_counted_over_all_parts() -> None:
    scan = XmlScan(ScanLimits(elements=3))
    scan.check([b"<a><b/></a>"])

    with pytest.raises(UnreadableDocumentError) as refused:
        scan.check([b"<a><b/></a>"])

    assert refused.value.reason == "too_many_elements"
