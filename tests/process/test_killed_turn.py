"""A server killed in the middle of a turn: its session is free at once on the same machine."""

from __future__ import annotations

import signal
import threading
from contextlib import suppress
from pathlib import Path

import httpx

from ragtenancy import RagTenancy, Settings
from tests.openai_server import Body, Reply, json_reply, openai_server
from tests.process.running import eventually, key, serving, succeeded, upload

SESSION = "held"
QUESTION = "When does the office open?"


async def test_another_process_answers_in_the_session_at_once(tmp_path: Path) -> None:
    data, asked = tmp_path / "data", threading.Event()

    def hanging(path: str, _: Body) -> Reply:
        if not path.endswith("/chat/completions"):
            return json_reply({"object": "list", "data": []})
        asked.set()
        return server.silence()

    with (
        openai_server(hanging) as server,
        serving(
            data, OPENAI_BASE_URL=server.url, OPENAI_MODEL="m", RAGTENANCY_TRY_MODELS="false"
        ) as killed,
    ):
        api_key = killed.create_client("acme")
        accepted = upload(killed, api_key, "office.txt", b"The office opens at nine.")
        succeeded(killed, api_key, accepted["job_id"])
        turn = threading.Thread(target=ask, args=(killed.http, api_key))
        turn.start()
        eventually(asked.is_set, "the model to be asked")
        killed.process.send_signal(signal.SIGKILL)
        killed.process.wait()
        turn.join()

    async with RagTenancy.open(Settings(data_dir=data), worker=False) as rag:
        reply = await rag.tenant("acme").ask(QUESTION, session_id=SESSION)

    assert "nine" in reply.answer


def ask(http: httpx.Client, api_key: str) -> None:
    body = {"message": QUESTION, "session_id": SESSION}
    with suppress(httpx.HTTPError):
        http.post("/api/v1/chat", json=body, headers=key(api_key))
