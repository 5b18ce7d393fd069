"""How the latest calls of each model in use ended: whether it answers, refuses or is unreachable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from msgspec import Struct

from ragtenancy.domain.errors import (
    PromptTooLongError,
    RagTenancyError,
    RejectedError,
    UnavailableError,
)

FAILURES = 3
PICTURE_CODES = "picture_"  # of pictures that were not sent
REFUSALS = frozenset({"backend_auth", "quota_exhausted"})


class ModelUse(Struct, frozen=True, kw_only=True):
    """A model and its use: `chat`, `embeddings` or `images` of a backend."""

    backend: str
    kind: str
    model: str


class Standing(Struct, frozen=True, kw_only=True):
    """The number of failed calls in a row, and the last error."""

    failures: int = 0
    error: RagTenancyError | None = None

    def failed(self, error: RagTenancyError, *, counts_as: int = 1) -> Standing:
        """Return the standing after a failed call; one that is the request's fault changes nothing."""
        if not _is_the_models(error):
            return self
        return Standing(failures=self.failures + counts_as, error=error)

    @property
    def lost(self) -> RagTenancyError | None:
        """The last error of a model that failed three times in a row."""
        return self.error if self.failures >= FAILURES else None


class ModelStandings:
    """The standings of this process's models; one success clears a model's."""

    def __init__(self) -> None:
        self._standings: dict[ModelUse, Standing] = {}
        self._counts_as = 1

    def succeeded(self, use: ModelUse) -> None:
        """Record a call that succeeded."""
        self._standings[use] = Standing()

    def failed(self, use: ModelUse, error: RagTenancyError) -> None:
        """Record a call that failed."""
        standing = self._standings.get(use, Standing())
        self._standings[use] = standing.failed(error, counts_as=self._counts_as)

    @contextmanager
    def trial(self) -> Iterator[None]:
        """Let a single failure be enough for as long as the context lasts."""
        self._counts_as = FAILURES
        try:
            yield
        finally:
            self._counts_as = 1

    def lost(self) -> Mapping[ModelUse, RagTenancyError]:
        """Return the models that failed three times in a row, each with its last error."""
        found = {use: standing.lost for use, standing in self._standings.items()}
        return {use: error for use, error in found.items() if error is not None}


def refuses(error: RagTenancyError) -> bool:
    """Return whether a model that fails so can be reached, but rejects what it is asked."""
    return isinstance(error, RejectedError) or error.reason in REFUSALS


def _is_the_models(error: RagTenancyError) -> bool:
    if isinstance(error, PromptTooLongError) or error.reason.startswith(PICTURE_CODES):
        return False
    return isinstance(error, RejectedError | UnavailableError)
