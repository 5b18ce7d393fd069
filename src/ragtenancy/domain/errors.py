"""Every failure reported to callers; status codes are defined only in `http.problems`."""

from __future__ import annotations

from typing import ClassVar


class RagTenancyError(Exception):
    """Root of every error raised on purpose.

    `detail` is a sentence for the caller. `context` carries ids and numbers that help,
    never a user's text, a key or a prompt. `retry_after` is in seconds.
    """

    code: ClassVar[str] = "internal"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        retry_after: float | None = None,
        **context: str | int | float | bool,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.reason = code or type(self).code
        self.retry_after = retry_after
        self.context = context


# -- families: http.problems gives each its status ------------------------------------------


class InvalidError(RagTenancyError):
    """The request is well formed but semantically invalid."""

    code = "invalid"


class MalformedError(RagTenancyError):
    """The request is malformed (a bad id, cursor or header)."""

    code = "malformed"


class RequestTimeoutError(RagTenancyError):
    """The request did not arrive in time."""

    code = "request_timeout"

    def __init__(self) -> None:
        super().__init__("The request did not arrive in time.")


class HeadTooLargeError(RagTenancyError):
    """The request's target and header fields exceed the server's limit in bytes."""

    code = "head_too_large"

    def __init__(self, *, limit: int) -> None:
        super().__init__("The request's header fields are too large.", limit=limit)


class TooLargeError(RagTenancyError):
    """The body exceeds the tenant's size limit."""

    code = "too_large"


class UnsupportedError(RagTenancyError):
    """The content type is not supported."""

    code = "unsupported_media_type"


class UnauthenticatedError(RagTenancyError):
    """No valid credential; one body for every cause."""

    code = "unauthenticated"

    def __init__(self) -> None:
        super().__init__("A valid API key is required.")


class ForbiddenError(RagTenancyError):
    """The credential is valid but may not do this."""

    code = "forbidden"


class NotFoundError(RagTenancyError):
    """Absent, or another tenant's; indistinguishable on purpose. The id is never echoed."""

    code = "not_found"


class ConflictError(RagTenancyError):
    """The resource's state does not allow this."""

    code = "conflict"


class AlreadyExistsError(ConflictError):
    """The key of a new record is taken."""

    code = "already_exists"


class StaleWriteError(RagTenancyError):
    """The record changed since it was read."""

    code = "stale_write"


class VersionMismatchError(StaleWriteError):
    """The record's version is not the one that the caller named."""


class LimitError(RagTenancyError):
    """A limit of the tenant is reached; `retry_after` says when to try again."""

    code = "limit_reached"


class UnavailableError(RagTenancyError):
    """A backend cannot do its work now; trying again may help."""

    code = "unavailable"


class OverloadedError(UnavailableError):
    """The server works on as many requests, or holds as many connections, as it can."""

    code = "overloaded"

    def __init__(self, *, retry_after: float = 2.0) -> None:
        super().__init__("The server is busy with other requests.", retry_after=retry_after)


class StoppingError(UnavailableError):
    """The server stops before the request is answered."""

    code = "stopping"

    def __init__(self) -> None:
        super().__init__("The server is stopping; send the request again.", retry_after=2.0)


class StateLostError(UnavailableError):
    """Essential state of an installation is lost, damaged or unreadable.

    `place` names it for the operator; replies over HTTP do not. The service does not start, and
    creates no replacement.
    """

    code = "storage_lost"

    def __init__(self, detail: str, place: str, *, code: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.place = place


class NewerStateError(StateLostError):
    """A store was written by a newer version in an unknown format."""

    code = "storage_newer"

    def __init__(self, place: str, found: int, known: int) -> None:
        super().__init__(
            f"A newer version of ragtenancy wrote this store: its format is {found}, and this version"
            f" supports formats up to {known}. Use the newer version, or restore a backup from before"
            " the upgrade. Nothing was changed.",
            place,
        )


class BackendTimeoutError(UnavailableError):
    """A backend did not answer in time."""

    code = "timeout"


class RejectedError(RagTenancyError):
    """A backend refused the request or returned an unusable reply."""

    code = "rejected"


class PromptTooLongError(RejectedError):
    """The prompt exceeds the model's context; a shorter one may fit."""

    code = "prompt_too_long"

    def __init__(self) -> None:
        super().__init__(
            "The question, its passages and the history exceed the model's context window."
        )


class NoAnswerError(RejectedError):
    """The model ended before the first word of its answer."""

    code = "no_answer"

    def __init__(self, *, truncated: bool, max_tokens: int) -> None:
        if truncated:
            super().__init__(
                "The model used up its tokens before its answer began, usually by reasoning. Lower "
                "llm_settings.reasoning_effort, or raise llm_settings.max_tokens.",
                max_tokens=max_tokens,
            )
        else:
            super().__init__("The model stopped without an answer.")


class ConfigurationError(RagTenancyError):
    """The settings are invalid; raised at start only."""

    code = "configuration"


class IsolationBreach(RagTenancyError):  # noqa: N818 - an alarm, not an error of the caller
    """A store returned another tenant's data: answer nothing and raise an alarm."""

    code = "internal"

    def __init__(self, store: str) -> None:
        super().__init__("The request could not be completed.")
        self.store = store


# -- particular errors ------------------------------------------------------------------------


class InsufficientScopeError(ForbiddenError):
    """The key lacks the scope that the route needs."""

    code = "insufficient_scope"

    def __init__(self, scope: str) -> None:
        super().__init__(f'This key lacks the scope "{scope}".', scope=scope)


class ClientSuspendedError(ForbiddenError):
    """The tenant is suspended."""

    code = "client_suspended"

    def __init__(self) -> None:
        super().__init__("This client is suspended.")


class SessionBusyError(ConflictError):
    """Another turn of the same session is in progress."""

    code = "session_busy"

    def __init__(self) -> None:
        super().__init__("Another turn of this session is in progress.", retry_after=1.0)


class LeaseLostError(ConflictError):
    """The lease on a job or session passed to another holder."""

    code = "lease_lost"


class ReindexRequiredError(UnavailableError):
    """The documents were embedded by a model other than the one in use."""

    code = "reindex_required"


class UnreadableDocumentError(RagTenancyError):
    """A document cannot be read; `reason` is the documented code (docs/errors.md)."""

    code = "unreadable"
