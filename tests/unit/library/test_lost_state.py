"""A data folder of which a part is lost: no start, and nothing made in its place."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ragtenancy import RagTenancy, Settings
from ragtenancy.container import Container
from ragtenancy.domain.errors import (
    ConfigurationError,
    NotFoundError,
    StateLostError,
    UnavailableError,
)
from ragtenancy.http.app import create_app
from tests.doubles import in_memory_container

Damage = Callable[[Path], object]


def container(folder: Path) -> Container:
    made = in_memory_container(Settings(data_dir=folder))
    made.clock.reset_override()
    return made


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A data folder with a client and its key."""
    async with RagTenancy.open(container=container(tmp_path), worker=False) as rag:
        await rag.create_tenant("acme")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("pepper.json", Path.unlink),
        ("pepper.json", lambda path: path.write_bytes(b"")),
        ("pepper.json", lambda path: path.write_text("{}")),
        ("pepper.json", lambda path: path.write_text('{"1": "c2hvcnQ="}')),
        ("control.db", Path.unlink),
        ("control.db", lambda path: path.write_bytes(b"")),
    ],
)
async def test_no_start_is_made_without_what_cannot_be_made_again(
    folder: Path, name: str, damage: Damage
) -> None:
    damage(folder / name)
    left = (folder / name).exists() and (folder / name).read_bytes()

    with pytest.raises(ConfigurationError, match=f"{name}: "):
        async with RagTenancy.open(container=container(folder), worker=False):
            pass

    assert ((folder / name).exists() and (folder / name).read_bytes()) == left


async def test_the_service_does_not_start_either(folder: Path) -> None:
    (folder / "pepper.json").unlink()
    app = create_app(container(folder), workers=0)

    with pytest.RaisesGroup(pytest.RaisesExc(ConfigurationError, match=r"pepper\.json: ")):
        async with app.lifespan():
            pass


async def test_a_pepper_lost_while_serving_is_not_replaced(folder: Path) -> None:
    opened = container(folder)
    async with RagTenancy.open(container=opened, worker=False) as rag:
        (folder / "pepper.json").unlink()

        with pytest.raises(StateLostError):
            await rag.tenant("acme").create_api_key()
        with pytest.raises(StateLostError):
            await opened.authenticator().tenant("no key at all")

    assert not (folder / "pepper.json").exists()


async def test_a_pepper_that_is_restored_serves_again(folder: Path) -> None:
    pepper = (folder / "pepper.json").read_bytes()
    opened = container(folder)
    async with RagTenancy.open(container=opened, worker=False) as rag:
        issued = await rag.tenant("acme").create_api_key()
        (folder / "pepper.json").unlink()
        (folder / "pepper.json").write_bytes(pepper)

        found = await opened.authenticator().tenant(issued.api_key)

    assert found.scope.tenant_id == "acme"


async def test_an_installation_without_keys_gets_a_pepper(tmp_path: Path) -> None:
    async with RagTenancy.open(container=container(tmp_path), worker=False) as rag:
        await rag.create_tenant("acme")
        await rag.delete_tenant("acme")
    (tmp_path / "pepper.json").unlink()

    async with RagTenancy.open(container=container(tmp_path), worker=False) as rag:
        await rag.create_tenant("globex")

    assert (tmp_path / "pepper.json").exists()


async def test_several_may_start_at_once_on_an_empty_folder(tmp_path: Path) -> None:
    opened = [container(tmp_path) for _ in range(6)]

    async def start(number: int) -> str:
        async with RagTenancy.open(container=opened[number], worker=False) as rag:
            return (await rag.create_tenant(f"client{number}")).api_key

    keys = await asyncio.gather(*map(start, range(6)))

    last = container(tmp_path)
    async with last.closers():
        found = [(await last.authenticator().tenant(key)).scope.tenant_id for key in keys]
    assert found == [f"client{number}" for number in range(6)]


async def test_a_client_whose_folder_is_gone_cannot_be_reached(folder: Path) -> None:
    async with RagTenancy.open(container=container(folder), worker=False) as rag:
        await rag.create_tenant("globex")
        lost = (await rag.get_tenant("acme")).tenant_uid
        shutil.rmtree(folder / "tenants" / lost)

        with pytest.raises(UnavailableError) as raised:
            await anext(rag.tenant("acme").documents(), None)
        with pytest.raises(NotFoundError):
            await anext(rag.tenant("nobody").documents(), None)
        await anext(rag.tenant("globex").documents(), None)
        deleted = await rag.delete_tenant("acme")

    assert raised.value.reason == "storage_unreachable"
    assert deleted.status == "verified"
