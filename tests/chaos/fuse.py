"""Ending or stopping this very process at one of its calls of a store."""

from __future__ import annotations

import inspect
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct


class Fuse(Struct):
    """Burns down by one at each call; `after`: the call is done first. 0 never ends."""

    left: int
    after: bool = False
    ends_by: signal.Signals = signal.SIGKILL

    def burn(self) -> bool:
        """Count a call; tell whether it is the one."""
        self.left -= 1
        return self.left == 0

    def end(self) -> None:
        """End or stop this process."""
        os.kill(os.getpid(), self.ends_by)


class Fused:
    """A store of ours whose every asynchronous call burns a fuse; the rest passes through."""

    def __init__(self, store: object, fuse: Fuse) -> None:
        self._store = store
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._store, name)
        return self._burning(attribute) if inspect.iscoroutinefunction(attribute) else attribute

    def _burning(self, call: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def burning(*arguments: object, **options: object) -> object:
            now = self._fuse.burn()
            if now and not self._fuse.after:
                self._fuse.end()
            reply = await call(*arguments, **options)
            if now and self._fuse.after:
                self._fuse.end()
            return reply

        return burning
