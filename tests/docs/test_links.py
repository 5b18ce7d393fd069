"""Every link of the documentation leads somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, anchors, links, name_of

LINKS = [
    (page, link)
    for page in PAGES
    for link in sorted(set(links(page)))
    if not link.startswith(("https://", "http://", "mailto:"))
]


@pytest.mark.parametrize(
    ("page", "link"), LINKS, ids=[f"{name_of(page)}-{link}" for page, link in LINKS]
)
def test_a_link_leads_to_a_file_and_to_a_heading_of_it(page: Path, link: str) -> None:
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page

    assert target.exists()
    assert not anchor or anchor in anchors(target)


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=name_of)
def test_no_merge_was_left_half_done(page: Path) -> None:
    marks = ("<<<<<<< ", "=======", ">>>>>>> ")

    assert [line for line in page.read_text().splitlines() if line.startswith(marks)] == []


def test_every_page_is_linked_from_another() -> None:
    linked = {(page.parent / link.partition("#")[0]).resolve() for page, link in LINKS}

    pages = {page for page in PAGES if page.parent != ROOT}

    assert sorted(map(name_of, pages - linked)) == []
