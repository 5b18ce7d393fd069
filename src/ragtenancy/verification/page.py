"""A verification as one page of HTML, which needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from ragtenancy.verification.report import CheckResult, SelfTest, Verification

_STYLE = """
:root{color-scheme:light dark;--line:#8884}
body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid var(--line)}
td.number{text-align:right;font-variant-numeric:tabular-nums}
.passed{color:#18794e}.failed{color:#ce2c31;font-weight:600}.skipped{color:#946800}
@media (prefers-color-scheme:dark){.passed{color:#3dd68c}.failed{color:#ff9592}.skipped{color:#ffca16}}
ul{margin:.3rem 0 0;padding-left:1.2rem}small{opacity:.75}
"""


def as_page(found: Verification, tested: SelfTest | None = None) -> str:
    """Return the page; with a self-test, its sabotages are in a second table."""
    parts = [*_verification(found), *([] if tested is None else _sabotages(tested))]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Isolation of {escape(found.installation)}</title>\n<style>{_STYLE}</style></head>\n"
        f"<body>\n{chr(10).join(parts)}\n</body></html>\n"
    )


def _verification(found: Verification) -> Iterator[str]:
    verdict = "passed" if found.passed else "failed"
    yield f'<h1>Isolation: <span class="{verdict}">{verdict}</span></h1>'
    yield (
        f"<p>{escape(found.installation)}, ragtenancy {escape(found.version)}, "
        f"{found.started_at:%Y-%m-%d %H:%M} UTC: {found.routes} routes, "
        f"{found.requests} requests, {found.probes} probes.</p>"
    )
    yield from (f"<p>{escape(note)}.</p>" for note in found.notes)
    yield "<table><thead><tr><th>Check</th><th>Threats</th><th>Probes</th><th>Result</th></tr></thead><tbody>"
    yield from map(_row, found.checks)
    yield "</tbody></table>"


def _row(check: CheckResult) -> str:
    said = "".join(f"<li>{escape(finding)}</li>" for finding in check.findings)
    said += "".join(
        f"<li>{escape(name)}: {value:.3g}</li>" for name, value in check.measured.items()
    )
    why = "" if check.skipped is None else f" <small>{escape(check.skipped)}</small>"
    return (
        f"<tr><td>{escape(check.title)}<br><small>{escape(check.name)}</small></td>"
        f'<td>{", ".join(check.threats)}</td><td class="number">{check.probes}</td>'
        f'<td><span class="{check.verdict}">{check.verdict}</span>{why}'
        f"{f'<ul>{said}</ul>' if said else ''}</td></tr>"
    )


def _sabotages(tested: SelfTest) -> Iterator[str]:
    caught = sum(each.caught for each in tested.sabotages)
    yield f"<h2>Self-test: {caught} of {len(tested.sabotages)} sabotages caught</h2>"
    yield "<table><thead><tr><th>Broken on purpose</th><th>Noticed by</th></tr></thead><tbody>"
    for each in tested.sabotages:
        verdict = "passed" if each.caught else "failed"
        by = ", ".join(each.noticed_by) or "nothing"
        yield (
            f"<tr><td>{escape(each.title)}<br><small>{escape(each.name)}</small></td>"
            f'<td class="{verdict}">{escape(by)}</td></tr>'
        )
    yield "</tbody></table>"
