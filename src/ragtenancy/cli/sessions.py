"""`ragtenancy sessions …`: a client's conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.installation import serve_tenant
from ragtenancy.cli.options import AsJson, Client, DataDir
from ragtenancy.cli.output import print_json, print_table, visible

if TYPE_CHECKING:
    from ragtenancy.library.tenant import TenantHandle
    from ragtenancy.wire.chat import Session, Turn

commands = typer.Typer(help="List, show and erase a client's sessions.", no_args_is_help=True)
User = Annotated[str | None, typer.Option("--user", "-u", help="Only this user's sessions.")]


@commands.command("list")
def list_(
    client: Client, user: User = None, as_json: AsJson = False, data_dir: DataDir = None
) -> None:
    """List sessions, oldest first."""
    from ragtenancy.http.views.chat import session

    async def work(tenant: TenantHandle) -> list[Session]:
        return [session(found) async for found in tenant.sessions(user_id=user)]

    views = serve_tenant(client, work, data_dir)
    if as_json:
        print_json(views)
        return
    rows = [(v.session_id, v.user_id, v.turns, v.created_at, v.updated_at) for v in views]
    print_table(("session", "user", "turns", "created", "updated"), rows)


@commands.command("show")
def show(
    client: Client,
    session_id: Annotated[str, typer.Argument(help="The session's id, from `sessions list`.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Show a session's questions and answers."""
    from ragtenancy.http.views.chat import turn

    async def work(tenant: TenantHandle) -> list[Turn]:
        return [turn(said) async for said in tenant.turns(session_id)]

    turns = serve_tenant(client, work, data_dir)
    if as_json:
        print_json(turns)
        return
    for each in turns:
        answer = "(withheld: it cites a deleted document)" if each.withheld else each.answer
        print(visible(f"> {each.question}\n{answer}\n"))


@commands.command("erase")
def erase(
    client: Client,
    session_id: Annotated[str | None, typer.Argument(help="The session to erase.")] = None,
    user: Annotated[
        str | None, typer.Option("--user", "-u", help="Erase all of this user's sessions instead.")
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Erase one session, or all of one user's."""
    if (session_id is None) == (user is None):
        raise typer.BadParameter("Name either a session or --user.")

    async def work(tenant: TenantHandle) -> int:
        if user is not None:
            return await tenant.erase_user(user)
        await tenant.erase_session(session_id or "")
        return 1

    erased = serve_tenant(client, work, data_dir)
    if as_json:
        print_json({"erased": erased} if user is not None else {"session_id": session_id})
        return
    print(f"Erased {erased} session{'' if erased == 1 else 's'}." if user else "Erased.")
