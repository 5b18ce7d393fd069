"""Write docs/cli.md and the table of routes in docs/http.md (`--check`: report stale ones)."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from typer.main import get_command

from ragtenancy.cli.app import app
from ragtenancy.container import Container
from ragtenancy.domain.tenant_config import TenantConfig
from ragtenancy.http.app import create_app
from ragtenancy.http.openapi import describe
from ragtenancy.settings import Settings
from ragtenancy.wire.configs import ConfigInput

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
    ("Deletions and evidence", r"/api/v1/(deletions|evidence)"),
    ("Webhooks", r"/api/v1/webhooks"),
    ("OpenAI API", r"/v1/"),
    ("Administration", r"/api/v1/admin"),
    ("Operations", r"/(health|livez|readyz|metrics|schema|$)"),
)


def cli_page() -> str:
    """Return docs/cli.md."""
    return CLI + "".join(_sections(get_command(app), "ragtenancy"))


def _sections(group: Any, name: str, level: int = 2) -> Iterator[str]:  # noqa: ANN401 - typer types none
    for part, command in group.commands.items():
        path = f"{name} {part}"
        yield f"\n{'#' * level} {path}\n\n{_sentence(command.help)}\n"
        inner = getattr(command, "commands", None)
        if not inner or command.invoke_without_command:
            yield _usage(command, path)
        if inner:
            yield from _sections(command, path, level + 1)


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
    credential: str = operation["description"].rpartition("\n\n")[2]
    needs = credential.removeprefix("Needs ").rstrip(".")
    return needs.replace("no key", "none").replace(" key with the scope", ",").replace(" key", "")


def _paths() -> Mapping[str, Any]:
    with TemporaryDirectory() as folder:
        container = Container(settings=Settings(data_dir=Path(folder)))
        return describe(create_app(container))["paths"]  # type: ignore[no-any-return]


CONFIGURATION = """# A client's configuration

Every field of a client's configuration, made from the program by `scripts/reference_docs.py`. Show it with
`ragtenancy config show CLIENT`; change single fields with `ragtenancy config set CLIENT SECTION.NAME=VALUE`, or replace
the whole with a JSON file or `PUT …/config` ([HTTP API](http.md#administration)). Every change makes a new version that
names its author: `ragtenancy config versions|diff|rollback`. Values out of bounds are refused and change nothing.

```json
EXAMPLE
```

[Tuning](tuning.md) says when to change what.
"""


def configuration_page() -> str:
    """Return docs/configuration.md."""
    defaults = msgspec.to_builtins(TenantConfig())
    example = msgspec.json.format(msgspec.json.encode(defaults), indent=2).decode()
    return CONFIGURATION.replace("EXAMPLE", example) + "".join(_fields(defaults))


def _fields(defaults: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    schema = msgspec.json.schema(ConfigInput)["$defs"]
    for section, values in defaults.items():
        yield f"\n## {section}\n\n| Field | Takes | Meaning |\n|---|---|---|\n"
        of_section = schema[f"{_camel(section)}Input"]["properties"]
        for name in values:
            yield f"| `{name}` | {_takes(of_section[name])} | {of_section[name]['description']} |\n"


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _takes(schema: Mapping[str, Any]) -> str:
    """Return what a field takes, in words."""
    if "anyOf" in schema:
        return " or ".join(_takes(each) for each in schema["anyOf"])
    kind = {"string": "text", "integer": "whole number", "boolean": "true, false"}.get(
        schema.get("type", ""), schema.get("type", "one of those named")
    )
    if "enum" in schema:
        return "one of " + ", ".join(f"`{each}`" for each in schema["enum"])
    low, high = schema.get("minimum"), schema.get("maximum")
    if high is not None and high > 2**53 - 2:
        return f"{kind}, from {low:,}"
    if low is not None or high is not None:
        return f"{kind}, {'…' if low is None else f'{low:,}'} to {'…' if high is None else f'{high:,}'}"
    if "maxLength" in schema:
        return f"{kind}, at most {schema['maxLength']:,} characters"
    return kind


FILES = {
    "docs/configuration.md": configuration_page,
    "docs/cli.md": cli_page,
    "docs/http.md": http_page,
}


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
