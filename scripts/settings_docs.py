"""Write docs/settings.md and .env.example (`--check`: say whether they are current)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from ragtenancy.settings.catalogue import Group, Variable, catalogue

ROOT = Path(__file__).parents[1]
TABLE = """# Settings

Made from the code by `scripts/settings_docs.py`. Every setting is a variable of the environment, or
a line of a file `.env` in the folder where ragtenancy runs; the environment wins. An empty value is
as good as none. Names that begin with `RAGTENANCY_` and are not below are refused, and everything
that is wrong is said at once.

What is given chooses the backends: `COSMOS_…` puts records into Cosmos DB, `PINECONE_…` vectors into
Pinecone, `RAGTENANCY_BLOB_ENDPOINT` originals into Azure Blob storage, `AZURE_DEPLOYMENT_NAME` lets
Azure OpenAI answer and describe pictures, `AZURE_EMBEDDING_DEPLOYMENT` lets it embed.
`RAGTENANCY_RECORDS`, `_VECTORS`, `_BLOBS`, `_CHAT`, `_EMBEDDINGS` and `_IMAGE_DESCRIBER` overrule
that for one port each. Nothing given is the embedded product. `ragtenancy settings` prints what is
chosen. Where a key is left out beside an Azure address, the machine's managed identity signs in
(`DefaultAzureCredential`).

Which goes with which: records in Cosmos DB need vectors in Pinecone; records in SQLite may have them
in SQLite or Pinecone. Originals lie in files beside either, or in Azure Blob storage; several
machines need the latter, or one file system. Addresses of services begin with `https://`, except on
this machine.
"""
EXAMPLE = """# Copy to `.env` in the folder where ragtenancy runs; the environment wins over it.
# Everything has a default: an empty file is an embedded installation in ./data.
# Made from the code by scripts/settings_docs.py; docs/settings.md says more.
"""


def table() -> str:
    """Return docs/settings.md."""
    return TABLE + "".join(map(_section, catalogue()))


def example() -> str:
    """Return .env.example."""
    return EXAMPLE + "".join(
        f"\n# {group.title}\n" + "".join(_lines(group)) for group in catalogue()
    )


FILES: dict[str, Callable[[], str]] = {"docs/settings.md": table, ".env.example": example}


def _section(group: Group) -> str:
    heading = group.title.rstrip(".")
    rows = "".join(map(_row, group.variables))
    return f"\n## {heading}\n\n| Variable | Takes | Default | |\n|---|---|---|---|\n{rows}"


def _row(variable: Variable) -> str:
    default = f"`{variable.default}`" if variable.default else ""
    return f"| `{variable.name}` | {variable.values} | {default} | {variable.description} |\n"


def _lines(group: Group) -> Iterator[str]:
    for variable in group.variables:
        values = f" ({variable.values.replace('`', '')})" if "`" in variable.values else ""
        yield f"# {variable.description.replace('`', '')}{values}\n"
        yield f"# {variable.name}={variable.default}\n"


def main() -> None:
    """Write or check each file."""
    stale = [name for name, made in FILES.items() if _read(ROOT / name) != made()]
    if "--check" in sys.argv[1:]:
        sys.exit(f"Not current: {', '.join(stale)}." if stale else 0)
    for name in stale:
        (ROOT / name).write_text(FILES[name](), encoding="utf-8")
    print(f"{len(stale)} written.")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    main()
