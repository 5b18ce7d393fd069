"""Print how the source is parted: modules, functions, import circles, and the way of a request.

Run by `make house`. A module is a file that is no `__init__.py`. A private function is used once if
its name stands twice in the source: where it is defined and where it is called. The way of a
request is what a profiler sees of one chat turn on an embedded installation: the files of ours
that it enters, and how often the next call lies in another file than the one before.
"""

from __future__ import annotations

import ast
import asyncio
import os
import re
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from types import FrameType

SOURCE = Path(os.environ.get("SOURCE") or Path(__file__).parent.parent / "src")
PACKAGE = "ragtenancy"
SHORT = 20  # lines
TEXT = "# Refunds\n\nRefunds are paid within 30 days of purchase.\n"
QUESTION = "When are refunds paid?"


def modules() -> dict[str, Path]:
    """Return the files of the package by their dotted names."""
    return {
        ".".join(path.relative_to(SOURCE).with_suffix("").parts): path
        for path in sorted((SOURCE / PACKAGE).rglob("*.py"))
    }


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function and method."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imports(tree: ast.Module, known: Mapping[str, Path]) -> set[str]:
    """Return the modules of ours that a module imports when it is loaded."""
    found: set[str] = set()
    for node in _at_load(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in known else str(node.module))
        elif isinstance(node, ast.Import):
            found.update(a.name for a in node.names if a.name.startswith(PACKAGE))
    return found & known.keys()


def _at_load(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements that run when a module is loaded."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _at_load(child)


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the strongly connected components of more than one module (Tarjan, 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in graph[node]:
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            component = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(component) > 1:
                found.append(sorted(component))

    for node in graph:
        if node not in index:
            visit(node)
    return found


def packages(graph: Mapping[str, set[str]], depth: int) -> dict[str, set[str]]:
    """Return the imports between packages, by the first parts of their names."""
    found: dict[str, set[str]] = {}
    for module, others in graph.items():
        own, *imported = (".".join(name.split(".")[:depth]) for name in [module, *others])
        found.setdefault(own, set()).update(imported)
        for other in imported:
            found.setdefault(other, set())
    return {package: others - {package} for package, others in found.items()}


async def way() -> tuple[int, int]:
    """Return how many files of ours one chat turn enters, and how often it changes file."""
    from ragtenancy import RagTenancy
    from ragtenancy.settings import Settings

    entered: list[str] = []
    begun: set[FrameType] = set()  # a coroutine that goes on is not called again

    def see(frame: FrameType, event: str, _: object) -> None:
        name = frame.f_code.co_filename
        if event == "call" and name.startswith(str(SOURCE)) and frame not in begun:
            begun.add(frame)
            entered.append(name)

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder) / "data", log_level="error")
        async with RagTenancy.open(settings) as rag:
            await rag.create_tenant("acme", name="Acme")
            await rag.tenant("acme").ingest(TEXT.encode(), filename="refunds.md")
            await rag.tenant("acme").ask(QUESTION)
            threading.setprofile(see)
            sys.setprofile(see)
            try:
                await rag.tenant("acme").ask(QUESTION)
            finally:
                sys.setprofile(None)
                threading.setprofile(None)
    changes = sum(one != other for one, other in pairwise(entered))
    return len(set(entered)), changes


def main() -> None:
    """Print the figures."""
    known = modules()
    texts = {name: path.read_text(encoding="utf-8") for name, path in known.items()}
    trees = {name: ast.parse(text) for name, text in texts.items()}
    lines = {n: len(text.splitlines()) for n, text in texts.items() if known[n].stem != "__init__"}
    every = [f for tree in trees.values() for f in functions(tree)]
    lengths = [(f.end_lineno or f.lineno) - f.lineno for f in every]
    words = Counter(w for text in texts.values() for w in re.findall(r"\b_[a-z]\w*", text))
    private = [f.name for f in every if re.match(r"_[a-z]", f.name)]
    once = sum(words[name] == 2 for name in private)
    graph = {name: imports(tree, known) for name, tree in trees.items()}
    app = {n: g for n, g in graph.items() if n.startswith(f"{PACKAGE}.app.")}
    features = {n: {o for o in g if o.startswith(f"{PACKAGE}.app.")} for n, g in app.items()}
    total = sum(lines.values())
    short = sum(count < SHORT for count in lines.values())
    print(f"modules                         {len(lines)}")
    print(f"lines                           {total:,}")
    print(f"modules per 1,000 lines         {1000 * len(lines) / total:.1f}")
    print(f"modules under {SHORT} lines          {short} ({100 * short / len(lines):.1f} %)")
    print(f"functions                       {len(every):,}")
    print(
        f"lines of a function, p50, p90   {median(lengths):.0f}, {quantiles(lengths, n=10)[-1]:.0f}"
    )
    print(f"private functions used once     {once} ({100 * once / len(every):.1f} %)")
    for title, found in (
        ("circles of modules", circles(graph)),
        ("circles of packages of app", circles(packages(features, 3))),
    ):
        print(f"{title:31} {len(found)}")
        for each in found:
            print(f"    {', '.join(each)}")
    files, changes = asyncio.run(way())
    print(f"files entered by one chat turn  {files}")
    print(f"changes of file in it           {changes}")


if __name__ == "__main__":
    main()
