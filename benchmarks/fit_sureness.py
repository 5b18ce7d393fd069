"""Fits the weights by which an extracted answer is sure enough to be given.

Holds the conversations of every folder with each answer given, however unsure; a logistic
regression then tells right answers from the others. Each folder is left out in turn, so that the
areas under the curve are of conversations that the weights have not seen. Run by
`make fit-sureness DIALOGS="folder other-folder"`; a folder is as docs/evaluation.md says.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import numpy.typing as npt
from dependency_injector import providers

from ragtenancy import RagTenancy
from ragtenancy.adapters.extractive.answering import FEATURES, Found, features
from ragtenancy.adapters.extractive.chat_models import ExtractiveChatModel
from ragtenancy.container import Container
from ragtenancy.settings import Settings

Numbers = npt.NDArray[np.float64]
RIDGE = 0.3
STEPS = 60
RIGHT = ("clean", "right")


def judge_of(folder: Path) -> ModuleType:
    """Return the judge of a folder as a module."""
    spec = importlib.util.spec_from_file_location(f"judge_{folder.name}", folder / "judge.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"{folder} holds no judge.py.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def examples(folder: Path) -> list[tuple[tuple[float, ...], bool]]:
    """Return what was seen of each turn with one answer, and whether the judge found it right."""
    judge, seen, found = judge_of(folder), list[Found](), []

    def always(answer: Found) -> bool:
        seen.append(answer)
        return True

    model = providers.Singleton(
        ExtractiveChatModel,
        Container.embedders,
        Container.query_vectors,
        Container.lexicons,
        Container.token_counter,
        is_sure=always,
    )
    with (folder / "turns.tsv").open(encoding="utf-8", newline="") as file:
        turns = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    settings = Settings(storage="memory", log_level="error")
    with Container.chat_model.override(model):
        async with RagTenancy.open(settings) as rag:
            for client in dict.fromkeys(turn["client"] for turn in turns):
                await rag.create_tenant(client)
                for path in sorted((folder / "docs" / client).iterdir()):
                    await rag.tenant(client).ingest(path)
            for turn in turns:
                seen.clear()
                reply = await rag.tenant(turn["client"]).ask(
                    turn["question"], session_id=turn["session"]
                )
                if len(seen) == 1:
                    shown = {
                        "answer": reply.answer,
                        "grounded": reply.grounded,
                        "sources": [
                            {"filename": s.filename, "text": s.text, "section": list(s.section)}
                            for s in reply.sources
                        ],
                    }
                    told, _ = judge.judge(turn, shown, {"greeting": "", "no_context": ""}, set())
                    found.append((features(seen[0]), told in RIGHT))
    return found


def fitted(seen: Numbers, right: Numbers) -> Numbers:
    """Return the weights of a ridge logistic regression, by Newton's steps."""
    weights = np.zeros(seen.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-seen @ weights))
        curvature = (seen.T * (chance * (1 - chance) + 1e-9)) @ seen + RIDGE * np.eye(len(weights))
        weights += np.linalg.solve(curvature, seen.T @ (right - chance) - RIDGE * weights)
    return weights


def area(scores: Numbers, right: Numbers) -> float:
    """Return the area under the curve: how often a right answer scores above another one."""
    good, other = scores[right == 1], scores[right == 0]
    return float((good[:, None] > other[None, :]).mean())


def main() -> int:
    """Print the weights, and what they are worth on folders that they have not seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    folders = parser.parse_args().folders
    if not folders:
        print("skipped: set DIALOGS= to a folder of judged conversations")
        return 0
    by_folder = [asyncio.run(examples(folder)) for folder in folders]
    seen = [np.array([each for each, _ in told]) for told in by_folder]
    right = [np.array([float(was) for _, was in told]) for told in by_folder]
    for at, folder in enumerate(folders if len(folders) > 1 else ()):
        others = [i for i in range(len(folders)) if i != at]
        weights = fitted(
            np.concatenate([seen[i] for i in others]), np.concatenate([right[i] for i in others])
        )
        print(
            f"{folder.name}: area {area(seen[at] @ weights, right[at]):.3f} by the others' weights"
        )
    weights = fitted(np.concatenate(seen), np.concatenate(right))
    print(f"all: area {area(np.concatenate(seen) @ weights, np.concatenate(right)):.3f}")
    for name, weight in zip(FEATURES, weights, strict=True):
        print(f"{name:18}{weight:7.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
