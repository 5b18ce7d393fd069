"""The command line with one seam broken: `python -m tests.machine.broken NAME serve …`."""

from __future__ import annotations

import sys
from typing import Any

import ragtenancy.container
from ragtenancy.cli.app import main
from ragtenancy.container import Container
from ragtenancy.verification.sabotage import SABOTAGES

NAME = sys.argv.pop(1)
SABOTAGE = next(each for each in SABOTAGES if each.name == NAME)


def broken(**given: Any) -> Container:
    """Return a container whose seam is broken."""
    container = Container(**given)
    SABOTAGE.apply(container)
    return container


vars(ragtenancy.container)["Container"] = broken
main()
