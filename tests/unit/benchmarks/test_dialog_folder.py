from __future__ import annotations

from pathlib import Path

from benchmarks.dialog_folder import copy_without_pdf, pdf_sources, read_turns, to_markdown

HEAD = "session\tturn\tclient\tquestion\tkind\texpect\tforbid\trefuse\tcite\tmax_sentences\tnote\n"
TURNS = (
    HEAD + "d01\t1\tacme\tHow long?\tfact\t36 ⏎ months\t\tno\tSLA.pdf\t3\t\n"
    "d01\t2\tacme\tAnd then?\tfollow-up-ellipsis\t12\t\tno\tfaq.html\t3\tsee SLA.pdf\n"
)
SCRIPT = '''
import package_that_is_not_here
TEXT = """
# Terms
It runs for 36 months.^[Extended by 12.]
| Plan | Price |
| A | 1 |
- one
- two
"""
def main():
    to_pdf(HERE / "acme" / "SLA.pdf", TEXT, "header")
'''


def _folder(path: Path) -> Path:
    (path / "docs" / "acme").mkdir(parents=True)
    (path / "docs" / "acme" / "SLA.pdf").write_bytes(b"%PDF-")
    (path / "turns.tsv").write_text(TURNS, encoding="utf-8")
    (path / "make_docs.py").write_text(SCRIPT, encoding="utf-8")
    return path


def test_a_turn_knows_the_questions_before_it(tmp_path: Path) -> None:
    first, second = read_turns(_folder(tmp_path))

    assert (first.key, first.expect, first.earlier) == ("d01.1", ("36", "months"), ())
    assert second.earlier == ("How long?",)


def test_a_pdf_is_replaced_by_the_text_that_it_is_made_of(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "dialogs")

    copy = copy_without_pdf(folder, tmp_path / "copy", "no-such-program")

    [document] = (copy / "docs" / "acme").iterdir()
    assert document.name == "SLA.md"
    assert document.read_text() == to_markdown(pdf_sources(SCRIPT)["SLA.pdf"])
    assert [turn.cite for turn in read_turns(copy)] == ["SLA.md", "faq.html"]


def test_marked_up_text_becomes_markdown() -> None:
    text = to_markdown(pdf_sources(SCRIPT)["SLA.pdf"])

    assert text == (
        "# Terms\n\nIt runs for 36 months.[^1]\n\n| Plan | Price |\n| --- | --- |\n| A | 1 |\n\n"
        "- one\n- two\n\n[^1]: Extended by 12.\n"
    )
