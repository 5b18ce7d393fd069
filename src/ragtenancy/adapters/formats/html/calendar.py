"""Invitations and other events of a calendar (RFC 5545), as a person reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

_FOLDED = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(
    r"([A-Za-z-]+)((?:;[\w-]+=(?:\"[^\"]*\"|[^\";:]*)(?:,(?:\"[^\"]*\"|[^\";:]*))*)*):(.*)"
)
_PARAMETER = re.compile(r";([\w-]+)=(\"[^\"]*\"|[^\";]*)")
_ESCAPED = re.compile(r"\\([nN;,\\])")
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(?:\d\d)?(Z?))?\Z")
_EVENTS = frozenset(("VEVENT", "VTODO", "VJOURNAL"))
_ONES = (
    ("STATUS", "Status"),
    ("LOCATION", "Where"),
    ("ORGANIZER", "Organizer"),
    ("RRULE", "Repeats"),
    ("URL", "Address"),
)
_MOST = 500


class _Property(Struct, frozen=True):
    name: str
    parameters: dict[str, str]
    value: str


def events_of(calendar: str) -> list[str]:
    """Return one text per event: summary, when, where, who, and its description."""
    found: list[str] = []
    current: list[_Property] = []
    within: list[str] = []
    for each in _properties(calendar):
        if each.name == "BEGIN":
            within.append(each.value.upper())
            current = [] if within[-1] in _EVENTS else current
        elif each.name == "END" and within:
            if within.pop() in _EVENTS and len(found) < _MOST:
                found.append("\n".join(_lines(current)))
        elif within and within[-1] in _EVENTS:
            current.append(each)
    return [text for text in found if text]


def _properties(calendar: str) -> Iterator[_Property]:
    for line in _FOLDED.sub("", calendar).splitlines():
        if found := _LINE.match(line):
            parameters = {
                name.upper(): value.strip('"') for name, value in _PARAMETER.findall(found[2])
            }
            yield _Property(found[1].upper(), parameters, found[3].strip())


def _lines(properties: Sequence[_Property]) -> Iterator[str]:
    first = {each.name: each for each in reversed(properties)}
    if "SUMMARY" in first:
        yield _text(first["SUMMARY"].value)
    if when := _when(first):
        yield f"When: {when}"
    for name, label in _ONES:
        if name in first and (value := _person(first[name])):
            yield f"{label}: {value}"
    attendees = [_person(each) for each in properties if each.name == "ATTENDEE"]
    if attendees:
        yield f"Attendees: {', '.join(dict.fromkeys(attendees))}"
    for each in properties:
        if each.name in ("DESCRIPTION", "COMMENT") and each.value:
            yield _text(each.value)


def _when(first: dict[str, _Property]) -> str:
    start, end = first.get("DTSTART"), first.get("DTEND") or first.get("DUE")
    moments = [_moment(each) for each in (start, end) if each is not None]
    if not moments:
        return ""
    (day, time, zone), *rest = moments
    text = f"{day} {time}".strip()
    for last_day, last_time, last_zone in rest:
        shown = last_time if last_day == day and time else f"{last_day} {last_time}".strip()
        if last_zone != zone:
            text = f"{text} {zone}".strip()
        text, zone = f"{text} – {shown}", last_zone  # noqa: RUF001
    duration = first.get("DURATION")
    length = f" ({duration.value})" if duration is not None and not rest else ""
    return f"{text} {zone}".strip() + length


def _moment(written: _Property) -> tuple[str, str, str]:
    """Return the day, the time and the time zone."""
    found = _MOMENT.match(written.value)
    if found is None:
        return written.value, "", ""
    year, month, day, hour, minute, universal = found.groups()
    zone = "UTC" if universal else written.parameters.get("TZID", "")
    return f"{year}-{month}-{day}", f"{hour}:{minute}" if hour else "", zone


def _person(written: _Property) -> str:
    """Return a value as text; a person with name and address."""
    value = _text(re.sub(r"\Amailto:", "", written.value, flags=re.IGNORECASE))
    name = written.parameters.get("CN", "")
    return f"{name} <{value}>" if name and name != value and "@" in value else name or value


def _text(value: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()
