"""Write docs/cli.md and the table of routes in docs/http.md (`--check`: report stale ones)."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from typer.main import get_command

from ragtenancy.cli.app import app
from ragtenancy.container import Container
from ragtenancy.http.app import create_app
from ragtenancy.http.openapi import describe
from ragtenancy.settings import Settings

ROOT = Path(__file__).parents[1]
CLI = """# Command line

Every command of `ragtenancy`, made from the program by `scripts/reference_docs.py`. `ragtenancy COMMAND --help`
says the same in the terminal. Unless stated otherwise:

- `--data-dir` names the data folder (default: `RAGTENANCY_DATA_DIR`, or `./data`). `ragtenancy --data-dir FOLDER
  COMMAND` does the same. The other [settings](settings.md) come from the environment and from `.env`.
- `--json` prints JSON for programs, shaped as in the [HTTP API](http.md).
- The exit status is 0 for success, 1 for an error (one line on standard error) and 2 for wrong usage.

New here? Begin with the [quickstart](quickstart.md).
"""
COMMON = {"help", "as_json", "data_dir"}
START, END = "<!-- routes: made by scripts/reference_docs.py -->\n", "<!-- end of routes -->"
KINDS = {
    "str": "TEXT",
    "int": "N",
    "float": "N",
    "path": "PATH",
    "int range": "N",
    "float range": "N",
}
METHODS = ("get", "post", "put", "patch", "delete")
GROUPS = (
    ("Chat and search", r"/api/v1/(chat|search|client\b)"),
    ("Documents", r"/api/v1/ingest"),
    ("Administration", r"/api/v1/admin"),
    ("Operations", r"/(health|livez|readyz|metrics|schema)"),
)


def cli_page() -> str:
    """Return docs/cli.md."""
    return CLI + "".join(_sections(get_command(app), "ragtenancy"))


def _sections(group: Any, name: str) -> Iterator[str]:  # noqa: ANN401 - typer types no commands
    for part, command in group.commands.items():
        path = f"{name} {part}"
        if getattr(command, "commands", None):
            yield f"\n## {path}\n\n{_sentence(command.help)}\n"
            if command.invoke_without_command:
                yield _usage(command, path)
            for sub, leaf in command.commands.items():
                yield f"\n### {path} {sub}\n\n{_sentence(leaf.help)}\n{_usage(leaf, f'{path} {sub}')}"
        else:
            yield f"\n## {path}\n\n{_sentence(command.help)}\n{_usage(command, path)}"


def _sentence(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "").strip()


def _usage(command: Any, path: str) -> str:  # noqa: ANN401 - typer types no commands
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and p.name not in COMMON]
    words = [*(_placeholder(p) for p in arguments), *(["[OPTIONS]"] if options else [])]
    rows = [
        *((_placeholder(p), p.help) for p in arguments if p.help),
        *((_names(p), p.help) for p in options),
    ]
    table = "".join(f"| `{name}` | {_sentence(text)} |\n" for name, text in rows)
    head = "\n| | |\n|---|---|\n" if rows else ""
    return f"\n```text\n{' '.join((path, *words))}\n```\n{head}{table}"


def _placeholder(argument: Any) -> str:  # noqa: ANN401 - typer types no parameters
    name = (argument.metavar or argument.name or "").strip("[]").upper()
    name += "…" if argument.nargs != 1 and not name.endswith("…") else ""
    return name if argument.required else f"[{name}]"


def _names(option: Any) -> str:  # noqa: ANN401 - typer types no parameters
    names = ", ".join(sorted((*option.opts, *option.secondary_opts), key=len))
    if option.is_flag:
        return names
    kind = str(option.metavar or option.display_type(None)).strip("<>")
    kind = re.sub(r"list\[(.*)\]", r"\1", kind)
    return f"{names} {KINDS.get(kind, kind)}".replace("|", "\\|")


def http_page() -> str:
    """Return docs/http.md with a new table of routes."""
    page = (ROOT / "docs/http.md").read_text(encoding="utf-8")
    before, rest = page.split(START)
    return before + START + "".join(_routes()) + END + rest.partition(END)[2]


def _routes() -> Iterator[str]:
    paths = _paths()
    for title, pattern in GROUPS:
        yield f"\n### {title}\n\n| Route | Key, scope | |\n|---|---|---|\n"
        for path, operations in sorted(paths.items()):
            if re.match(pattern, path):
                for method in METHODS:
                    if method in operations:
                        yield _route(method, path, operations[method])
    yield "\n"


def _route(method: str, path: str, operation: Mapping[str, Any]) -> str:
    return f"| `{method.upper()} {path}` | {_key(operation)} | {operation['summary']} |\n"


def _key(operation: Mapping[str, Any]) -> str:
    needs = str(operation["description"]).removeprefix("Needs ").rstrip(".")
    return needs.replace("no key", "none").replace(" key with the scope", ",").replace(" key", "")


def _paths() -> Mapping[str, Any]:
    with TemporaryDirectory() as folder:
        container = Container(settings=Settings(data_dir=Path(folder)))
        return describe(create_app(container))["paths"]  # type: ignore[no-any-return]


FILES = {"docs/cli.md": cli_page, "docs/http.md": http_page}


def stale() -> Sequence[str]:
    """Return the pages that differ from what would be written."""
    return [
        name
        for name, page in FILES.items()
        if not (ROOT / name).exists() or (ROOT / name).read_text(encoding="utf-8") != page()
    ]


def main() -> None:
    """Write the pages, or report those that are stale."""
    found = stale()
    if "--check" in sys.argv:
        print("\n".join(f"{name} is stale; run scripts/reference_docs.py" for name in found))
        sys.exit(bool(found))
    for name in found:
        (ROOT / name).write_text(FILES[name](), encoding="utf-8")
    print(f"{len(found)} written.")


if __name__ == "__main__":
    main()
