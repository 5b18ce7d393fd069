"""The joints of the composition: the container gives what each function takes, and mypy checks it.

Mutation testing of the second half: in a copy of its module one argument of a function is replaced
by another of its parameters, and mypy must report it.
"""

from __future__ import annotations

import ast
import inspect
import os
import pkgutil
import subprocess
import sys
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType, UnionType

import pytest
from dependency_injector import providers

from ragtenancy import composition
from ragtenancy.container import Container
from ragtenancy.ports.clock import Clock

ROOT = Path(__file__).parents[2]


def composers() -> Iterator[FunctionType]:
    """Yield every composition function."""
    for found in pkgutil.iter_modules(composition.__path__, f"{composition.__name__}."):
        module = import_module(found.name)
        for name, value in vars(module).items():
            if name.startswith("compose_") and value.__module__ == module.__name__:
                yield value


COMPOSERS = tuple(composers())
each_composer = pytest.mark.parametrize("compose", COMPOSERS, ids=lambda one: one.__name__)


@each_composer
def test_the_container_gives_what_each_parameter_takes(compose: FunctionType) -> None:
    wanted = hints_of(compose)

    given = {name: kind_of(value) for name, value in wired(compose).items()}

    assert {
        name: (kind, wanted[name]) for name, kind in given.items() if not fits(kind, wanted[name])
    } == {}
    assert given.keys() == wanted.keys() - {"return"}


@each_composer
def test_mypy_refuses_an_argument_of_another_type(
    compose: FunctionType, refused: Mapping[str, str]
) -> None:
    kinds = parameters(compose)

    missed = [f"{file}: {swap}" for file, swap in swaps_of(compose).items() if file not in refused]

    assert unchanged(module_of(compose)) not in refused, refused
    assert bool(swaps_of(compose)) is any(another(name, kinds) for name in kinds)
    assert missed == []


def test_every_composition_function_is_found() -> None:
    assert len(COMPOSERS) == sum(
        file.read_text().count("\ndef compose_")
        for file in Path(composition.__path__[0]).glob("*.py")
    )


def test_a_provider_of_another_type_does_not_fit() -> None:
    given = kind_of(Container.clock), kind_of(Container.tenant_repository)

    assert [fits(kind, Clock) for kind in given] == [True, False]


# -- what the container gives


def wired(compose: FunctionType) -> Mapping[str, object]:
    """Return what the container passes to a composition function, by parameter."""
    [provider] = [
        one
        for one in Container.providers.values()
        if isinstance(one, providers.BaseSingleton | providers.Factory) and one.provides is compose
    ]
    return inspect.signature(compose).bind(*provider.args, **provider.kwargs).arguments


def kind_of(provider: object) -> object:
    """Return the declared type of what a provider gives."""
    match provider:
        case providers.Dependency():
            return provider.instance_of
        case providers.AttributeGetter():
            return attribute_of(kind_of(provider.provides), str(provider.name))
        case providers.Delegate():
            return Callable[[], kind_of(provider.provides)]
        case _:
            made = getattr(provider, "provides", None)
            if isinstance(made, providers.Provider):  # the `provided` of another provider
                return kind_of(made)
            return made if isinstance(made, type) else hints_of(made)["return"]


def attribute_of(kind: object, name: str) -> object:
    """Return the declared type of a Struct's field or of a property."""
    declared = getattr(kind, name, None)
    if isinstance(declared, property):
        return hints_of(declared.fget)["return"]
    return hints_of(kind)[name]


def hints_of(owner: object) -> dict[str, object]:
    """Return annotations as types, those imported for type checking only among them."""
    names: dict[str, object] = {}
    while True:
        try:
            return typing.get_type_hints(owner, localns=names)
        except NameError as missing:
            name = str(missing.name)
            names[name] = imported(sys.modules[str(owner.__module__)], name)


def imported(module: ModuleType, name: str) -> object:
    """Return what a module imports by a name, wherever it does."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if name == (alias.asname or alias.name):
                    return getattr(import_module(node.module), alias.name)
    raise NameError(name)


def fits(given: object, wanted: object) -> bool:
    """Tell whether a type is another, a subclass of it or a member of its union."""
    if isinstance(wanted, UnionType) or typing.get_origin(wanted) is typing.Union:
        return given == wanted or any(fits(given, each) for each in typing.get_args(wanted))
    return given == wanted or wanted in getattr(given, "__mro__", ())


# -- what mypy refuses


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Return the first complaint of mypy about each copy that it refuses, by file name."""
    folder = tmp_path_factory.mktemp("mutated")
    for module in {module_of(compose) for compose in COMPOSERS}:
        (folder / unchanged(module)).write_text(inspect.getsource(module))
    for compose in COMPOSERS:
        for file, swap in swaps_of(compose).items():
            (folder / file).write_text(swapped(inspect.getsource(module_of(compose)), swap))
    complaints: dict[str, str] = {}
    for line in mypy(folder).splitlines():
        path, _, complaint = line.partition(":")
        if ": error: " in complaint:
            complaints.setdefault(Path(path).name, line)
    return complaints


def mypy(folder: Path) -> str:
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary"]
    files = sorted(map(str, folder.glob("*.py")))
    done = subprocess.run(
        [*command, "--cache-dir", str(ROOT / ".mypy_cache"), *files],
        cwd=ROOT,
        env={**os.environ, "MYPYPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr, done.stderr
    return done.stdout


class Swap(typing.NamedTuple):
    """Where in a module a parameter is named, and the one that is named in its place."""

    line: int
    start: int
    end: int
    other: str


def swaps_of(compose: FunctionType) -> Mapping[str, Swap]:
    """Return one swap for each argument that is a parameter, by the file that tries it."""
    kinds = parameters(compose)
    function = next(
        node
        for node in ast.parse(inspect.getsource(module_of(compose))).body
        if isinstance(node, ast.FunctionDef) and node.name == compose.__name__
    )
    swaps = [
        Swap(name.lineno, name.col_offset, name.end_col_offset or 0, other)
        for name in passed(function, kinds)
        if (other := another(name.id, kinds))
    ]
    return {f"{compose.__name__}_{number}.py": swap for number, swap in enumerate(swaps)}


def parameters(compose: FunctionType) -> Mapping[str, object]:
    return {name: kind for name, kind in hints_of(compose).items() if name != "return"}


def passed(function: ast.FunctionDef, kinds: Mapping[str, object]) -> Sequence[ast.Name]:
    """Return the arguments of calls that are a parameter, or an attribute of one."""
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    arguments = [a for call in calls for a in (*call.args, *(k.value for k in call.keywords))]
    roots = map(root, arguments)
    return [name for name in roots if isinstance(name, ast.Name) and name.id in kinds]


def root(expression: ast.expr) -> ast.expr:
    return root(expression.value) if isinstance(expression, ast.Attribute) else expression


def another(name: str, kinds: Mapping[str, object]) -> str | None:
    """Return the next parameter that does not fit, or is not fitted by, one's type."""
    names = [*kinds]
    at = names.index(name) + 1
    for other in names[at:] + names[:at]:
        if not fits(kinds[other], kinds[name]) and not fits(kinds[name], kinds[other]):
            return other
    return None


def swapped(source: str, swap: Swap) -> str:
    lines = source.splitlines(keepends=True)
    line = lines[swap.line - 1]
    lines[swap.line - 1] = line[: swap.start] + swap.other + line[swap.end :]
    return "".join(lines)


def module_of(compose: FunctionType) -> ModuleType:
    return sys.modules[compose.__module__]


def unchanged(module: ModuleType) -> str:
    return f"unchanged_{module.__name__.rpartition('.')[2]}.py"
