"""Draw the pictures of the documentation: `docs/images/*.svg`, for light and dark pages.

`python scripts/draw_pictures.py` writes them; with `--check` it only reports those that differ.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "docs/images"
STYLE = """
  text { font: 14px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
  .small { font-size: 12px; fill: #59636e }
  .bold { font-weight: 600 }
  .mono { font: 13px ui-monospace, Menlo, Consolas, monospace }
  .box { fill: #ffffff; stroke: #8c959f; stroke-width: 1.2 }
  .one { fill: #ddf4ff; stroke: #0969da; stroke-width: 1.4 }
  .two { fill: #fff1e5; stroke: #bc4c00; stroke-width: 1.4 }
  .room { fill: #f6f8fa; stroke: #d1d9e0 }
  .arrow { stroke: #59636e; stroke-width: 1.4; fill: none; marker-end: url(#head) }
  .dashed { stroke-dasharray: 4 3 }
  .head { fill: #59636e }
  .screen { fill: #0d1117 } .screen-text { fill: #e6edf3 } .dim { fill: #9198a1 }
  .mark { fill: #79c0ff }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .small { fill: #9198a1 } .box { fill: #161b22; stroke: #656c76 }
    .one { fill: #0c2d4d; stroke: #4493f8 } .two { fill: #3d1f0a; stroke: #db6d28 }
    .room { fill: #0d1117; stroke: #3d444d } .arrow { stroke: #9198a1 } .head { fill: #9198a1 }
    .screen { fill: #161b22 } .dim { fill: #9198a1 } .mark { fill: #79c0ff }
  }
"""


def picture(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    """Return an SVG document of the parts."""
    head = (
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path class="head" d="M0 0 L8 4 L0 8 z"/></marker></defs>'
    )
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    label = f'role="img" aria-label="{escape(title)}"'
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {label}>',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style>",
            head,
            *parts,
            "</svg>\n",
        )
    )


def text(x: float, y: float, words: str, look: str = "", anchor: str = "middle") -> str:
    """Return one line of text."""
    return f'<text x="{x}" y="{y}" class="{look}" text-anchor="{anchor}">{escape(words)}</text>'


def box(x: int, y: int, width: int, height: int, lines: Sequence[str], look: str = "box") -> str:
    """Return a box with its lines in the middle, the first one bold."""
    middle = y + height / 2 - (len(lines) - 1) * 9 + 5
    words = (
        text(x + width / 2, middle + 18 * n, line, "small" if n else "bold")
        for n, line in enumerate(lines)
    )
    frame = f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="7" class="{look}"/>'
    return "\n".join((frame, *words))


def arrow(*points: tuple[int, int], look: str = "") -> str:
    """Return an arrow along the points."""
    path = " L".join(f"{x} {y}" for x, y in points)
    return f'<path class="arrow {look}" d="M{path}"/>'


def isolation() -> str:
    """Return the picture of two clients on one installation."""
    stores = (
        ("documents, chunks", "own file or partition"),
        ("vectors", "own namespace"),
        ("search index, caches", "keyed by client"),
        ("settings, keys, sessions", "own records"),
    )
    parts = [
        '<rect x="320" y="16" width="520" height="328" rx="10" class="room"/>',
        text(580, 40, "one installation", "small"),
    ]
    for y, look, name in ((58, "one", "client A"), (208, "two", "client B")):
        parts += [
            box(14, y + 20, 130, 62, (f"{name}'s app", "sends its API key"), look),
            arrow((144, y + 51), (182, y + 51)),
            box(186, y + 20, 108, 62, ("key", "gives the scope"), look),
            arrow((294, y + 51), (336, y + 51)),
            f'<rect x="340" y="{y}" width="484" height="122" rx="8" class="{look}"/>',
            text(356, y + 22, f"scope of {name}", "bold", "start"),
        ]
        for number, (what, where) in enumerate(stores):
            x, row = 352 + number % 2 * 234, y + 32 + number // 2 * 43
            parts += [
                f'<rect x="{x}" y="{row}" width="226" height="38" rx="5" class="box"/>',
                text(x + 113, row + 17, what),
                text(x + 113, row + 32, where, "small"),
            ]
    parts.append(text(582, 198, "no query, statistic or cache crosses this line", "small"))
    return picture(856, 360, "Each client's key opens its own data only", parts)


def document_way() -> str:
    """Return the picture of a document from its upload to its first answer."""
    steps = (
        ("parse", "in a sandbox"),
        ("describe", "pictures"),
        ("chunk", "by sections"),
        ("embed", "vectors"),
        ("stage", "a new revision"),
    )
    parts = [
        box(14, 40, 118, 60, ("upload", "POST …/document")),
        arrow((132, 70), (166, 70)),
        box(170, 40, 140, 60, ("store durably", "original, row, job"), "one"),
        arrow((310, 58), (360, 58)),
        text(366, 50, "202 Accepted", "bold", "start"),
        text(366, 68, "nothing acknowledged is lost", "small", "start"),
        arrow((240, 100), (240, 150), (64, 150), (64, 176)),
        text(250, 128, "a worker leases the job; a crash only delays it", "small", "start"),
    ]
    for number, lines in enumerate(steps):
        x = 14 + number * 132
        parts.append(box(x, 180, 104, 60, lines))
        parts.append(arrow((x + 104, 210), (x + 128, 210)))
    parts += [
        box(674, 172, 144, 76, ("publish", "one transaction", "flips the revision"), "one"),
        arrow((746, 172), (746, 106)),
        text(746, 78, "searchable, whole", "bold"),
        text(746, 96, "the old version answers until here", "small"),
    ]
    return picture(856, 266, "From an upload to an answerable document", parts)


def question_way() -> str:
    """Return the picture of a question from its key to its answer."""
    parts = [
        box(14, 100, 110, 60, ("question", "+ session")),
        arrow((124, 130), (150, 130)),
        box(154, 100, 120, 60, ("understand", "parts, follow-up")),
        arrow((274, 118), (308, 72)),
        arrow((274, 142), (308, 188)),
        box(312, 40, 132, 60, ("semantic", "0.7 of the score"), "one"),
        box(312, 160, 132, 60, ("BM25", "0.3 of the score"), "two"),
        arrow((444, 72), (478, 118)),
        arrow((444, 188), (478, 142)),
        box(482, 100, 118, 60, ("rank", "one sum, exact")),
        arrow((600, 130), (626, 130)),
        box(630, 100, 100, 60, ("relevant?", "all evidence")),
        arrow((680, 100), (680, 66)),
        text(680, 54, "no: I don't know", "bold"),
        arrow((680, 160), (680, 194)),
        text(690, 180, "yes", "small", "start"),
        box(596, 198, 168, 60, ("answer", "quote, or language model"), "one"),
        arrow((764, 228), (792, 228)),
        text(796, 224, "checked,", "bold", "start"),
        text(796, 242, "with [1] [2]", "small", "start"),
    ]
    return picture(880, 276, "From a question to an answer with sources", parts)


def answer() -> str:
    """Return the picture of an answer with its sources in a terminal."""
    lines = (
        ("dim", "$ ragtenancy ask --client circular_ai"),
        ("mark", "> How long is the refund period?"),
        (
            "screen-text",
            "The refund period at Circular AI is 30 days from the date of purchase. [1]",
        ),
        ("dim", "  [1] Billing_and_Refunds.docx > Circular AI Billing and Refunds (0.774)"),
        ("mark", "> Who won the World Cup in 1998?"),
        ("screen-text", "I couldn't find that in your documents."),
    )
    parts = ['<rect x="2" y="2" width="700" height="166" rx="9" class="screen"/>']
    parts += [
        text(20, 34 + 24 * n, line, f"mono {look}", "start") for n, (look, line) in enumerate(lines)
    ]
    return picture(704, 170, "An answer with its source, and an honest refusal", parts)


PICTURES = {
    "isolation.svg": isolation,
    "document.svg": document_way,
    "question.svg": question_way,
    "answer.svg": answer,
}


def stale() -> Iterator[str]:
    """Yield the names of pictures whose file is not what would be drawn."""
    for name, draw in PICTURES.items():
        path = FOLDER / name
        if not path.exists() or path.read_text(encoding="utf-8") != draw():
            yield name


def main() -> None:
    """Write the pictures, or check them."""
    if "--check" in sys.argv:
        found = [*stale()]
        print("\n".join(f"{name} is not as drawn; run scripts/draw_pictures.py" for name in found))
        sys.exit(bool(found))
    FOLDER.mkdir(exist_ok=True)
    for name, draw in PICTURES.items():
        (FOLDER / name).write_text(draw(), encoding="utf-8")
    print(f"{len(PICTURES)} drawn.")


if __name__ == "__main__":
    main()
