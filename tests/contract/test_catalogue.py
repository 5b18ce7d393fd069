"""No adapter escapes its suite."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import ragtenancy.adapters
import tests.contract
from ragtenancy.composition.ports import implements_a_port


def test_every_adapter_is_named_in_a_suite() -> None:
    adapters = set(_adapters())

    escaped = adapters - _under_contract()

    assert sorted(f"{cls.__module__}.{cls.__qualname__}" for cls in escaped) == []


def test_the_catalogue_sees_adapters() -> None:
    assert len(set(_adapters())) > 20


def test_no_backend_has_a_gap_for_a_test_that_does_not_exist() -> None:
    unknown = [
        (suite.__name__, name)
        for suite in _suites()
        for parameter in suite.BACKENDS
        for name in parameter.values[0].gaps
        if not hasattr(suite, name)
    ]

    assert unknown == []


def _adapters() -> Iterator[type]:
    for module in _modules(ragtenancy.adapters):
        for _, cls in inspect.getmembers(module, inspect.isclass):
            if cls.__module__ == module.__name__ and _implements_a_port(cls):
                yield cls


def _implements_a_port(cls: type) -> bool:
    """Tell whether a class inherits a port's Protocol and leaves nothing abstract."""
    return implements_a_port(cls) and not inspect.isabstract(cls)


def _under_contract() -> set[type]:
    return {parameter.values[0].adapter for suite in _suites() for parameter in suite.BACKENDS}


def _suites() -> list[ModuleType]:
    return [module for module in _modules(tests.contract) if hasattr(module, "BACKENDS")]


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not info.name.endswith((".__main__", ".child", ".conftest")):
            yield importlib.import_module(info.name)
