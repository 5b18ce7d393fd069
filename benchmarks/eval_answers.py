"""How often an extracted answer holds an accepted one, where the passage was retrieved.

Ingests squad2's articles for its four clients and asks their answerable questions through the
Python API. Run by `make eval-answers DATA=…`.
"""

from __future__ import annotations

import asyncio
import sys
import time
from statistics import median
from typing import Any

from judging_data import folder_or_skip, holds, rows

from ragtenancy import RagTenancy
from ragtenancy.settings import Settings

FLOOR = 0.75
MARKER = " ["


async def main(limit: int) -> int:
    folder = folder_or_skip()
    questions = [q for q in rows(folder, "squad2", "qa") if q["answerable"]]
    by_tenant: dict[str, list[dict[str, Any]]] = {}
    for question in questions:
        by_tenant.setdefault(question["tenant"], []).append(question)
    asked = retrieved = answered = refused = long = 0
    seconds: list[float] = []
    async with RagTenancy.open(Settings(storage="memory", log_level="error")) as rag:
        for tenant in by_tenant:
            await rag.create_tenant(tenant, config={"features": {"conversation_memory": False}})
        for document in rows(folder, "squad2", "docs"):
            text, name = document["text"], f"{document['title']}.txt"
            await rag.tenant(document["tenant"]).ingest(text.encode(), filename=name)
        for tenant, theirs in by_tenant.items():
            step = max(1, len(theirs) // limit)
            for question in theirs[::step]:
                started = time.perf_counter()
                reply = await rag.tenant(tenant).ask(question["question"])
                seconds.append(time.perf_counter() - started)
                asked += 1
                refused += not reply.grounded
                long += reply.answer.count(MARKER) > 3
                if not any(holds(source.text, question["answers"]) for source in reply.sources):
                    continue
                retrieved += 1
                answered += holds(reply.answer, question["answers"])
    share = answered / retrieved if retrieved else 0.0
    print(f"questions asked                    {asked}")
    print(f"refused                            {refused} ({refused / asked:.3f})")
    print(f"passage retrieved                  {retrieved} ({retrieved / asked:.3f})")
    print(f"answer held, of those retrieved    {answered} ({share:.3f}; floor {FLOOR})")
    print(f"answers of more than 3 sentences   {long}")
    print(f"a turn, median                     {median(seconds) * 1000:.0f} ms")
    return 0 if share >= FLOOR else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)))
