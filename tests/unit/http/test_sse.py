"""The form of server-sent events."""

from __future__ import annotations

import pytest

from ragtenancy.http.streams import accepts_events, encoded_event
from ragtenancy.wire.chat import TokenEvent


def test_an_event_is_its_name_and_one_line_of_json() -> None:
    assert (
        encoded_event("token", TokenEvent(text="a\nb\r\u2028"))
        == 'event: token\ndata: {"text":"a\\nb\\r\u2028"}\n\n'.encode()
    )


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("text/event-stream", True),
        ("application/json, Text/Event-Stream;q=0.5", True),
        ("text/event-stream;q=0", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_events_come_when_they_are_asked_for(accept: str, *, wanted: bool) -> None:
    assert accepts_events(accept) is wanted
