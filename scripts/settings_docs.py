"""Write docs/settings.md and .env.example (`--check`: say whether they are current)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from ragtenancy.settings.catalogue import Group, Variable, catalogue

ROOT = Path(__file__).parents[1]
TABLE = """# Settings

Use this page to look up a setting of the process. A client's configuration is set with
`ragtenancy config` ([tuning](tuning.md)). The tables are generated from the code by
`scripts/settings_docs.py`.

Set each variable in the environment, or on a line of a file `.env` in the folder where ragtenancy
runs. The environment takes precedence, and an empty value counts as unset. An unknown variable that
begins with `RAGTENANCY_` is an error. All errors are reported together, and nothing starts.

```sh
ragtenancy settings    # each port's backend, and the settings that differ from their defaults
```

## Choose the backends

With nothing set, everything runs on this machine: SQLite, files, a local embedding model and
extractive answers. Setting a service's variables selects that service:

| Variable | Selects |
|---|---|
| `COSMOS_ENDPOINT`, `COSMOS_DATABASE` | Cosmos DB for records |
| `PINECONE_API_KEY`, `PINECONE_INDEX_NAME` | Pinecone for vectors |
| `RAGTENANCY_BLOB_ENDPOINT` | Azure Blob storage for originals |
| `AZURE_DEPLOYMENT_NAME` | Azure OpenAI for answers and picture descriptions |
| `AZURE_EMBEDDING_DEPLOYMENT` | Azure OpenAI for embeddings |
| `OPENAI_MODEL`, `OPENAI_EMBEDDING_MODEL`, `OPENAI_VISION_MODEL` | OpenAI, or the server at `OPENAI_BASE_URL` |

To override the choice for one port, set `RAGTENANCY_RECORDS`, `RAGTENANCY_VECTORS`,
`RAGTENANCY_BLOBS`, `RAGTENANCY_CHAT`, `RAGTENANCY_EMBEDDINGS` or `RAGTENANCY_IMAGE_DESCRIBER`.

- Records in Cosmos DB require vectors in Pinecone. Records in SQLite allow vectors in SQLite or in
  Pinecone.
- Originals may be files or in Azure Blob storage with either. Several machines need Azure Blob
  storage, or a shared file system.
- Without a key, an Azure service is accessed with the machine's managed identity
  (`DefaultAzureCredential`). A machine with user-assigned identities needs `AZURE_CLIENT_ID`, the
  client id of the one to use; Azure's library reads it from the environment alone, not from `.env`.
  On your own machine, the account that you signed in with (`az login`) is used.
- A service's address must begin with `https://`, unless it is on this machine.
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
    return f"\n## {heading}\n\n| Variable | Takes | Default | Meaning |\n|---|---|---|---|\n{rows}"


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
