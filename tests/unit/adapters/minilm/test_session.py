"""The local model's threads."""

from __future__ import annotations

import time

from ragtenancy.adapters.minilm.model_files import embedded_model
from ragtenancy.adapters.minilm.session import MiniLmEmbedder

PAUSE, IDLE = 0.02, 0.004  # seconds


async def test_threads_take_no_processor_between_questions() -> None:
    embedder = MiniLmEmbedder(embedded_model(), threads=2)
    used = []

    for _ in range(10):
        await embedder.embed(["How long may I send something back?"])
        started = time.process_time()
        time.sleep(PAUSE)  # noqa: ASYNC251 - nothing else may run meanwhile
        used.append(time.process_time() - started)

    assert min(used) < IDLE
