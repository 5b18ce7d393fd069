"""Describing pictures with a vision model behind OpenAI's API."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

from ragtenancy.adapters.openai.chat_models import reported_usage
from ragtenancy.adapters.openai.dialect import Dialects
from ragtenancy.adapters.openai.errors import NO_VISION, translated
from ragtenancy.adapters.openai.refusals import log_filtered
from ragtenancy.domain.errors import RejectedError
from ragtenancy.domain.parsed import Image
from ragtenancy.domain.pictures import ImageContext
from ragtenancy.domain.prompting import Message, render_picture
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.images import ImageDescriber, Spent, uncounted

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat.chat_completion import Choice

READABLE = ("image/png", "image/jpeg", "image/gif", "image/webp")
MAX_BYTES = 20_000_000
MAX_TOKENS = 2_000
DESCRIBE_SECONDS = 180.0


class OpenAIImageDescriber(ImageDescriber):
    """Sends a picture with its context; bounds the answer.

    A model that does not accept pictures is not sent another.
    """

    def __init__(
        self, client: AsyncOpenAI, model: str, *, dialects: Dialects | None = None
    ) -> None:
        self._client = client
        self._model = model
        self._dialect = (dialects or Dialects()).of(model)
        self._takes_pictures = True

    @property
    def fingerprint(self) -> str:
        """The model and the version of the prompt."""
        return f"openai {self._model} 1"

    async def describe(
        self,
        scope: TenantScope,  # noqa: ARG002 - the model keeps nothing of a tenant
        image: Image,
        context: ImageContext,
        spent: Spent = uncounted,
    ) -> str | None:
        """Return the model's description.

        Raises `UnavailableError`, or `RejectedError` for unsupported formats.
        """
        if not self._takes_pictures:
            raise RejectedError("The model does not accept pictures.", code=NO_VISION)
        if image.media_type not in READABLE:
            raise RejectedError(
                "The model does not accept this picture format.", code="picture_format"
            )
        if len(image.data) > MAX_BYTES:
            raise RejectedError("The picture is too large.", code="picture_too_large")
        try:
            choice = await self._answered(image, context, spent)
            if choice is not None and _is_silent(choice) and not self._dialect.allowance({}):
                self._dialect.hear_silence()
                choice = await self._answered(image, context, spent)
        except RejectedError as error:
            self._takes_pictures &= error.reason != NO_VISION
            raise
        if choice is None:
            raise RejectedError("The model's reply contains no answer.", code="bad_reply")
        if choice.finish_reason == "content_filter" or choice.message.refusal:
            raise RejectedError("The model refused the picture.", code="content_filter")
        words = (choice.message.content or "").strip()
        if _is_silent(choice):
            raise RejectedError(
                "The model stopped before it began the description.", code="no_answer"
            )
        return words or None

    async def _answered(self, image: Image, context: ImageContext, spent: Spent) -> Choice | None:
        async with translated(self._model, seconds=DESCRIBE_SECONDS):
            reply = await self._dialect(
                self._client.chat.completions.create,
                model=self._model,
                messages=_sent(render_picture(context), image),
                temperature=0,
                max_tokens=MAX_TOKENS,
            )
            self._dialect.hear(reply)
            spent(self._model, reported_usage(reply.usage))
            choice = reply.choices[0] if reply.choices else None
        if choice is not None and choice.finish_reason == "content_filter":
            log_filtered(self._model, reply, choice)
        return choice


def _is_silent(choice: Choice) -> bool:
    """Return whether the model used up its tokens without a word."""
    return choice.finish_reason == "length" and not (choice.message.content or "").strip()


def _sent(messages: list[Message], image: Image) -> Any:  # noqa: ANN401 - the SDK's union
    """Return the messages, with the picture after the text of the last."""
    url = f"data:{image.media_type};base64,{b64encode(image.data).decode()}"
    *earlier, last = messages
    picture = {"type": "image_url", "image_url": {"url": url, "detail": "high"}}
    content = [{"type": "text", "text": last.content}, picture]
    return [
        *({"role": message.role, "content": message.content} for message in earlier),
        {"role": last.role, "content": content},
    ]
