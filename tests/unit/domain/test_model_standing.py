"""When a model counts as refusing, and when it no longer does."""

from __future__ import annotations

import pytest

from ragtenancy.domain.errors import (
    PromptTooLongError,
    RagTenancyError,
    RejectedError,
    UnavailableError,
)
from ragtenancy.domain.model_standing import ModelStandings, ModelUse, refuses

CHAT = ModelUse(backend="azure", kind="chat", model="answers")
OTHER = ModelUse(backend="azure", kind="chat", model="other")
MISSING = RejectedError("no such deployment", code="model_not_found")


def after(*errors: RagTenancyError | None) -> ModelStandings:
    """Return the standings after calls of one model; None is a success."""
    standings = ModelStandings()
    for error in errors:
        if error is None:
            standings.succeeded(CHAT)
        else:
            standings.failed(CHAT, error)
    return standings


def test_two_failures_in_a_row_are_not_enough() -> None:
    assert after(MISSING, MISSING).lost() == {}


def test_the_third_failure_in_a_row_is() -> None:
    assert after(None, MISSING, MISSING, MISSING).lost() == {CHAT: MISSING}


def test_a_success_between_them_starts_the_count_anew() -> None:
    assert after(MISSING, MISSING, None, MISSING, MISSING).lost() == {}


def test_one_success_clears_a_model() -> None:
    assert after(MISSING, MISSING, MISSING, None).lost() == {}


def test_another_models_success_clears_nothing() -> None:
    standings = after(MISSING, MISSING, MISSING)

    standings.succeeded(OTHER)

    assert standings.lost() == {CHAT: MISSING}


@pytest.mark.parametrize(
    "error",
    [
        PromptTooLongError(),
        RejectedError("damaged", code="picture_unreadable"),
        RagTenancyError("a bug"),
    ],
)
def test_what_is_not_the_models_fault_does_not_count(error: RagTenancyError) -> None:
    assert after(MISSING, MISSING, error).lost() == {}


def test_a_failed_trial_is_enough_by_itself_and_one_after_it_is_not() -> None:
    standings = ModelStandings()

    with standings.trial():
        standings.failed(CHAT, MISSING)
    standings.failed(OTHER, MISSING)

    assert standings.lost() == {CHAT: MISSING}


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        (MISSING, True),
        (RejectedError("filtered", code="content_filter"), True),
        (UnavailableError("wrong key", code="backend_auth"), True),
        (UnavailableError("no credit", code="quota_exhausted"), True),
        (UnavailableError("overloaded", code="throttled"), False),
        (UnavailableError("away"), False),
    ],
)
def test_a_model_that_rejects_is_told_from_one_that_is_away(
    error: RagTenancyError, refused: bool
) -> None:
    assert refuses(error) is refused
