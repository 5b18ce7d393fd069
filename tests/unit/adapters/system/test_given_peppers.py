"""Peppers from the environment: used alone, and refused where stored ones are missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragtenancy.adapters.files.secret_files import FilePepperStore
from ragtenancy.adapters.system.peppers import GivenPepperStore
from ragtenancy.container import Container
from ragtenancy.domain.api_keys import key_id_of, peppers_of
from ragtenancy.domain.errors import ConfigurationError, ConflictError, StateLostError
from ragtenancy.library.rag import RagTenancy
from ragtenancy.settings import Settings, load_settings

ONE, TWO = "a1" * 32, "b2" * 32


def settings(folder: Path, peppers: str = "") -> Settings:
    return load_settings({"RAGTENANCY_DATA_DIR": str(folder), "RAGTENANCY_PEPPERS": peppers})


async def issued(folder: Path, peppers: str = "") -> str:
    """Return the key of a new client."""
    async with RagTenancy.open(settings(folder, peppers), worker=False) as rag:
        created = await rag.create_tenant("acme")
    return created.api_key


async def authenticate(folder: Path, key: str, peppers: str) -> str:
    """Return the client of a key, in a new process."""
    container = Container(settings=settings(folder, peppers))
    async with RagTenancy.open(container=container, worker=False):
        return (await container.authenticator().tenant(key)).scope.tenant_id


async def test_keys_are_signed_by_the_given_pepper_and_none_is_stored(tmp_path: Path) -> None:
    key = await issued(tmp_path, ONE)

    assert await authenticate(tmp_path, key, ONE) == "acme"
    assert not (tmp_path / "pepper.json").exists()


async def test_keys_of_an_older_version_stay_valid(tmp_path: Path) -> None:
    key = await issued(tmp_path, f"1={ONE}")

    assert await authenticate(tmp_path, key, f"1={ONE},2={TWO}") == "acme"


async def test_no_start_is_made_with_another_secret_than_that_of_the_keys(tmp_path: Path) -> None:
    key = await issued(tmp_path, ONE)

    with pytest.raises(ConfigurationError, match="signed with another pepper 1"):
        await authenticate(tmp_path, key, TWO)


async def test_no_start_is_made_without_the_pepper_of_a_key_in_use(tmp_path: Path) -> None:
    key = await issued(tmp_path, f"1={ONE}")

    with pytest.raises(ConfigurationError, match="is missing"):
        await authenticate(tmp_path, key, f"2={TWO}")


async def test_a_pepper_of_revoked_keys_alone_may_go(tmp_path: Path) -> None:
    old = await issued(tmp_path, f"1={ONE}")
    async with RagTenancy.open(settings(tmp_path, f"1={ONE},2={TWO}"), worker=False) as rag:
        new = (await rag.tenant("acme").create_api_key()).api_key
        await rag.tenant("acme").revoke_api_key(str(key_id_of(old)))

    assert await authenticate(tmp_path, new, f"2={TWO}") == "acme"


async def test_a_pepper_exchanged_while_serving_verifies_no_key(tmp_path: Path) -> None:
    container = Container(settings=settings(tmp_path))
    path = tmp_path / "pepper.json"
    async with RagTenancy.open(container=container, worker=False) as rag:
        key = (await rag.create_tenant("acme")).api_key
        path.write_text('{"1": "' + "QUJD" * 11 + '"}')

        with pytest.raises(StateLostError, match="another pepper 1"):
            await container.authenticator().tenant(key)


async def test_no_start_is_made_while_keys_rest_on_a_stored_pepper(tmp_path: Path) -> None:
    key = await issued(tmp_path)

    with pytest.raises(ConfigurationError, match=r"pepper 1 of .*pepper\.json"):
        await authenticate(tmp_path, key, ONE)


async def test_a_stored_pepper_can_be_moved(tmp_path: Path) -> None:
    key = await issued(tmp_path)
    stored = await FilePepperStore(tmp_path / "pepper.json").current()
    assert stored is not None
    moved = f"1={stored.secret.hex()}"

    await authenticate(tmp_path, key, moved)
    (tmp_path / "pepper.json").unlink()

    assert await authenticate(tmp_path, key, moved) == "acme"


async def test_a_rotated_pepper_signs_new_keys_and_old_ones_once_used(tmp_path: Path) -> None:
    used, unused = await issued(tmp_path), ""
    async with RagTenancy.open(settings(tmp_path), worker=False) as rag:
        unused = (await rag.tenant("acme").create_api_key()).api_key
        rotated = await rag.rotate_pepper()
        new = (await rag.tenant("acme").create_api_key()).api_key
    before = [await authenticate(tmp_path, key, "") for key in (used, new)]

    async with RagTenancy.open(settings(tmp_path), worker=False) as rag:
        records = {key.key_id: key.pepper_version async for key in rag.tenant("acme").api_keys()}

    assert (rotated.version, list(rotated.needed), before) == (2, [1], ["acme", "acme"])
    assert [records[key_id_of(key)] for key in (used, unused, new)] == [2, 1, 2]  # type: ignore[index]
    assert await authenticate(tmp_path, unused, "") == "acme"


async def test_peppers_that_are_given_are_rotated_by_who_gives_them(tmp_path: Path) -> None:
    async with RagTenancy.open(settings(tmp_path, ONE), worker=False) as rag:
        with pytest.raises(ConflictError, match="add `2=…`"):
            await rag.rotate_pepper()


async def test_a_planted_pepper_signs_nothing(tmp_path: Path) -> None:
    stored = FilePepperStore(tmp_path / "pepper.json")
    given = GivenPepperStore(peppers_of(ONE), stored)
    await given.current()
    planted = await stored.make_first()

    assert await given.get(1) != planted
    with pytest.raises(StateLostError):
        await GivenPepperStore(peppers_of(ONE), stored).current()


@pytest.mark.parametrize(
    "text", ["short", "ab" * 31, f"1={ONE},1={TWO}", f"0={ONE}", f"one={ONE}", f"{ONE},{TWO}"]
)
def test_malformed_peppers_are_refused_without_being_shown(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match="RAGTENANCY_PEPPERS") as refused:
        settings(tmp_path, text)

    assert "abab" not in str(refused.value)
    assert ONE not in str(refused.value)
