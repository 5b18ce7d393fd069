"""The one map from the SDK's errors to ours."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from ragtenancy.adapters.openai.refusals import Said, log_interruption, said_by
from ragtenancy.domain.errors import (
    BackendTimeoutError,
    PromptTooLongError,
    RagTenancyError,
    RejectedError,
    UnavailableError,
)

if TYPE_CHECKING:
    import openai

MAX_RETRY_AFTER = 300.0
DEFAULT_RETRY_AFTER = 5.0
TOO_LONG = (
    "context_length_exceeded",
    "exceed_context_size",
    "context length",
    "context window",
    "request too large",
)
NO_VISION = "no_vision"
TAKES_NO_PICTURES = (
    "image_url is only supported by certain models",
    "unknown variant `image_url`",
    "not a multimodal model",
    "at most 0 image",
    "image input is not",
    "support image input",
    "not support images",
)
AWAY = frozenset({"server_error", "internal_error", "internal_server_error", "service_unavailable"})
FILTERED = frozenset(
    {
        "content_filter",
        "content_policy_violation",
        "invalid_prompt",
        "ResponsibleAIPolicyViolation",
    }
)
NO_QUOTA = frozenset(
    {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "quota_exceeded"}
)
NOT_FOUND = frozenset({"DeploymentNotFound", "model_not_found", "unknown_model", "ModelNotFound"})
RETIRED = frozenset({"ModelDeprecated", "model_deprecated", "ServiceModelDeprecated"})
WRONG_MODEL = (
    "does not work with the specified model",
    "not a chat model",
    "only supported in v1/responses",
    "does not support chat completions",
)
API_VERSION = re.compile(
    r"api.?version\S* (?:is )?(?:not supported|invalid|unsupported)|enabled only for api.?versions|unsupported.?api.?version",
    re.IGNORECASE,
)
NO_ROLE = ("lacks the required data action", "principal does not have access")
FIREWALL = ("virtual network/firewall", "public access is disabled")
BAD_REPLY_ERRORS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


@asynccontextmanager
async def translated(
    model: str | None = None, *, seconds: float | None = None
) -> AsyncIterator[None]:
    """Translate the SDK's exceptions into our errors, keeping each as the cause.

    The SDK parses replies loosely: a malformed one shows up as a Python exception. Work that takes
    longer than `seconds`, including retries, is cancelled: the SDK's own timeout limits only
    silence, and a slow trickle is never silent. `model` is the model or deployment that an error
    names.
    """
    import openai

    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise BackendTimeoutError("The model did not answer in time.") from error
    except openai.OpenAIError as error:
        if type(error) is openai.APIError:
            log_interruption(error)
        raise _ours(error, model) from error
    except _sign_in_errors() as error:
        raise _refused_us(Said()) from error
    except BAD_REPLY_ERRORS as error:
        raise RejectedError("The model sent an unexpected reply.", code="bad_reply") from error


def filtered() -> RagTenancyError:
    """Return the error for a question or an answer that a content filter blocked."""
    return RejectedError("The model's content filter blocked the request.", code="content_filter")


def too_long(said: Said) -> bool:
    """Return whether a server finds the prompt, with the tokens reserved for its reply, too long."""
    words = f"{said.code} {said.message}".lower()
    return any(known in words for known in TOO_LONG)


def _ours(error: Exception, model: str | None) -> RagTenancyError:
    import openai

    match error:
        case openai.APITimeoutError():
            return BackendTimeoutError("The model did not answer in time.")
        case openai.APIConnectionError():
            return _away("The model cannot be reached.")
        case openai.APIStatusError():
            said = said_by(error)
            return _named(said, model) or _by_status(error, said, model)
        case openai.APIError():
            said = said_by(error)
            return _named(said, model) or _within_stream(said)
        case _:
            return _rejected()


def _named(said: Said, model: str | None) -> RagTenancyError | None:
    """Return the error that a server names by its code or its words, whatever its status."""
    codes = {said.code, said.kind, said.inner}
    words = f"{said.code} {said.message}".lower()
    if any(known in words for known in TAKES_NO_PICTURES):
        return RejectedError("The model does not accept pictures.", code=NO_VISION)
    if codes & FILTERED:
        return filtered()
    if too_long(said):
        return PromptTooLongError()
    if codes & NO_QUOTA:
        return _no_quota()
    if codes & NOT_FOUND:
        return _not_found(model)
    if codes & RETIRED:
        return _retired(model)
    if API_VERSION.search(words):
        return _wrong_api_version(model)
    if "OperationNotSupported" in codes or any(known in words for known in WRONG_MODEL):
        return _wrong_model(model)
    return None


def _within_stream(said: Said) -> RagTenancyError:
    if said.code == "rate_limit_exceeded":
        return _throttled(DEFAULT_RETRY_AFTER)
    if said.code in AWAY:
        return _away("The model interrupted its reply.")
    return _rejected()


def _by_status(error: openai.APIStatusError, said: Said, model: str | None) -> RagTenancyError:
    match error.status_code:
        case 401 | 403:
            return _refused_us(said)
        case 402:
            return _no_quota()
        case 404:
            return _not_found(model)
        case 408:
            return BackendTimeoutError("The model did not answer in time.")
        case 410:
            return _retired(model)
        case 429:
            return _throttled(_retry_after(error.response.headers.get("retry-after")))
        case status if status >= 500:
            return _away("The model cannot be reached.")
        case _:
            return _rejected()


def _rejected() -> RagTenancyError:
    return RejectedError("The model refused the request or sent an unusable reply.")


def _away(detail: str) -> RagTenancyError:
    return UnavailableError(detail, retry_after=DEFAULT_RETRY_AFTER)


def _throttled(retry_after: float) -> RagTenancyError:
    return UnavailableError("The model is overloaded.", code="throttled", retry_after=retry_after)


def _no_quota() -> RagTenancyError:
    return UnavailableError(
        "The account at the model's vendor has no credit or quota left; check its plan and billing.",
        code="quota_exhausted",
        retry_after=MAX_RETRY_AFTER,
    )


def _quoted(model: str | None) -> str:
    return f'"{model}"' if model else "of this name"


def _not_found(model: str | None) -> RagTenancyError:
    return RejectedError(
        f"The model server has no model or deployment {_quoted(model)}. Create it (Azure takes up to "
        "five minutes), or correct its name or the server's address in the settings.",
        code="model_not_found",
    )


def _retired(model: str | None) -> RagTenancyError:
    return RejectedError(
        f"The vendor has retired the model or deployment {_quoted(model)}. Deploy a current model, "
        "and name it in the settings.",
        code="model_retired",
    )


def _wrong_api_version(model: str | None) -> RagTenancyError:
    return RejectedError(
        f"The model or deployment {_quoted(model)} does not support this version of Azure's API. "
        "Unset RAGTENANCY_AZURE_OPENAI_API_VERSION, or end AZURE_OPENAI_ENDPOINT in /openai/v1/.",
        code="api_version",
    )


def _wrong_model(model: str | None) -> RagTenancyError:
    return RejectedError(
        f"The model or deployment {_quoted(model)} does not support this operation. Answers need a "
        "chat model, vectors an embedding model.",
        code="wrong_model",
    )


def _refused_us(said: Said) -> RagTenancyError:
    """Return the error for a key, role or network that the server refuses."""
    words = said.message.lower()
    if any(known in words for known in NO_ROLE):
        why = "the service's identity lacks the role Cognitive Services OpenAI User."
    elif any(known in words for known in FIREWALL):
        why = "its network rules exclude this machine."
    elif said.code == "unsupported_country_region_territory":
        why = "its vendor does not serve this country."
    else:
        why = "the service's key is wrong, or belongs to another resource or region."
    return UnavailableError(
        f"The model server rejected the service's credentials: {why}", code="backend_auth"
    )


def _sign_in_errors() -> tuple[type[Exception], ...]:
    """Return the exceptions of managed identity, if it is installed."""
    try:
        from azure.core.exceptions import AzureError
    except ImportError:
        return ()
    return (AzureError,)


def _retry_after(header: str | None) -> float:
    """Return seconds, bounded, from a header that may be absent or invalid."""
    try:
        seconds = float(header or DEFAULT_RETRY_AFTER)
    except ValueError:
        return DEFAULT_RETRY_AFTER
    if math.isnan(seconds):
        return DEFAULT_RETRY_AFTER
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)
