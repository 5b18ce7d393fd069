"""`ragtenancy ask`: one answer, or a conversation."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.installation import serve_tenant
from ragtenancy.cli.options import AsJson, Client, DataDir
from ragtenancy.cli.output import print_json, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragtenancy.app.chat.events import ChatReply
    from ragtenancy.domain.sources import Source
    from ragtenancy.library.tenant import TenantHandle


def ask(
    client: Client,
    question: Annotated[
        str | None, typer.Argument(help="The question; omit it to start a conversation.")
    ] = None,
    session: Annotated[
        str | None, typer.Option("--session", help="The session to continue.")
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Answer from a client's documents, with sources."""
    if question is None:
        serve_tenant(client, lambda tenant: _converse(tenant, session, as_json=as_json), data_dir)
        return
    serve_tenant(client, lambda tenant: _turn(tenant, question, session, as_json=as_json), data_dir)


async def _converse(tenant: TenantHandle, session: str | None, *, as_json: bool) -> None:
    """Prompt for questions until the input ends; continue after a failed one."""
    from ragtenancy.domain.errors import RagTenancyError

    if sys.stdin.isatty() and not as_json:
        print(f"{(await tenant.view()).greeting} (An empty line ends.)")
    while question := await asyncio.to_thread(_read):
        try:
            reply = await _turn(tenant, question, session, as_json=as_json)
            session = reply.session_id
        except RagTenancyError as error:
            print(f"ragtenancy: {error.detail}", file=sys.stderr)


async def _turn(
    tenant: TenantHandle, question: str, session: str | None, *, as_json: bool
) -> ChatReply:
    from ragtenancy.app.chat.events import Done, Token

    async for event in tenant.stream(question, session_id=session):
        if isinstance(event, Token) and not as_json:
            print(visible(event.text), end="", flush=True)
        elif isinstance(event, Done):
            _finish(event.reply, as_json=as_json)
            return event.reply
    raise RuntimeError("a turn ends with its reply")


def _finish(reply: ChatReply, *, as_json: bool) -> None:
    if as_json:
        print_json(reply)
        return
    print()
    print_sources(reply.sources)
    for found in reply.unsupported:
        start, end = found.range
        print(f"Not supported by its source: {visible(reply.answer[start:end].strip())}")
    if reply.truncated:
        print("The answer was cut off at llm_settings.max_tokens.")
    if reply.degraded:
        print(f"Degraded: {', '.join(reply.degraded)}.")


def print_sources(sources: Sequence[Source]) -> None:
    """List the sources of an answer below it."""
    for source in sources:
        place = " > ".join((source.filename, *source.section))
        print(f"  [{source.index}] {visible(place)} ({source.score:.3f})")


def _read() -> str:
    try:
        return input("> " if sys.stdin.isatty() else "").strip()
    except EOFError:
        return ""
