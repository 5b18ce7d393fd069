"""The command-line application: its commands and its error handling."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from ragtenancy.cli import (
    ask,
    audit,
    backup,
    clients,
    configs,
    demo,
    documents,
    evaluate,
    evidence,
    ingest,
    jobs,
    keys,
    mcp,
    migrate,
    parse,
    pepper,
    reindex,
    search,
    serve,
    sessions,
    setup,
    sweep,
    verify,
    worker,
)
from ragtenancy.domain.errors import RagTenancyError, StateLostError
from ragtenancy.version import __version__

app = typer.Typer(
    name="ragtenancy",
    help="Answer questions from documents, for many clients, each from its own only.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(serve.serve)
app.command("setup")(setup.setup)
app.command("settings")(setup.show)
app.command("worker")(worker.work)
app.command("mcp")(mcp.mcp)
app.add_typer(clients.commands, name="client")
app.add_typer(keys.commands, name="key")
app.add_typer(pepper.commands, name="pepper")
app.add_typer(audit.commands, name="audit")
app.add_typer(configs.commands, name="config")
app.add_typer(migrate.commands, name="migrate")
app.command("ingest")(ingest.ingest)
app.command("reindex")(reindex.reindex)
app.command("sweep")(sweep.sweep)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("documents")(documents.documents)
app.command("delete")(documents.delete)
app.add_typer(jobs.commands, name="jobs")
app.add_typer(sessions.commands, name="sessions")
app.command("search")(search.search)
app.command("ask")(ask.ask)
app.command("parse")(parse.parse)
app.add_typer(evaluate.commands, name="eval")
app.command("verify-isolation")(verify.verify_isolation)
app.command("evidence")(evidence.evidence)
app.command("demo")(demo.demo)


def _print_version(*, wanted: bool) -> None:
    if wanted:
        print(f"ragtenancy {__version__}")
        raise typer.Exit


@app.callback()
def everywhere(
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", help="The data folder for any command.")
    ] = None,
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            is_eager=True,
            callback=lambda wanted: _print_version(wanted=wanted),
            help="Print the version.",
        ),
    ] = False,
) -> None:
    """Handle the options before the command."""
    if data_dir is not None:
        os.environ["RAGTENANCY_DATA_DIR"] = str(data_dir)


def main() -> None:
    """Run a command; exit with 0, 1 for an error (one line on standard error), 2 for misuse."""
    try:
        app()
    except StateLostError as error:
        _fail(f"{error.place}: {error.detail}")
    except RagTenancyError as error:
        _fail(error.detail)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        _fail(f"{error.strerror or type(error).__name__}: {error.filename or 'a file'}.")


def _fail(sentence: str) -> None:
    print(f"ragtenancy: {sentence}", file=sys.stderr)
    sys.exit(1)
