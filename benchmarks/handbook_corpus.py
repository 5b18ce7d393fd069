"""Made-up handbooks of machines, with questions that one sentence of them answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

CHUNKS_PER_SECTION = 3
SECTIONS_PER_DOCUMENT = 20
KINDS = [
    "pump",
    "mixer",
    "heater",
    "printer",
    "scanner",
    "crane",
    "press",
    "dryer",
    "grinder",
    "boiler",
    "cutter",
    "loader",
]
PLACES = [
    "kitchens",
    "workshops",
    "clinics",
    "hotels",
    "laboratories",
    "farms",
    "offices",
    "bakeries",
    "garages",
]
PARTS = ["filter", "belt", "blade", "seal", "nozzle", "brush", "lamp", "valve", "fuse", "hose"]
CITIES = ["Lisbon", "Oslo", "Graz", "Porto", "Turin", "Ghent", "Malmo", "Brno", "Split", "Riga"]
FACTS = (
    ("weighs {n} kg and is {m} cm high", "How much does the {name} weigh?", "And how high is it?"),
    (
        "has a warranty of {n} months",
        "How long is the warranty of the {name}?",
        "And how much does it weigh?",
    ),
    (
        "costs EUR {n} a month with service",
        "What does the {name} cost a month with service?",
        "How long is its warranty?",
    ),
    (
        "holds {n} litres of water in its tank",
        "How many litres of water does the tank of the {name} hold?",
        "And what does it cost a month?",
    ),
    ("runs for {n} hours on one charge", "How long does the {name} run on one charge?", "And how much does it weigh?"),
    (
        "needs a new {part} every {n} weeks",
        "How often does the {name} need a new {part}?",
        "How long does it run on one charge?",
    ),
)  # fmt: skip
FILLERS = (
    "Before the first use all transport locks are removed and the feet are levelled.",
    "Whoever moves a {kind} takes the cable out first and keeps it dry.",
    "The display is dimmed after {n} minutes without a touch.",
    "Spare parts are sent from {city} on the same day when they are ordered before noon.",
    "A {part} that was stored for more than {n} months is checked before it is built in.",
    "In {place} a second {kind} is kept at hand, since repairs take up to {n} days.",
    "Noise is measured at a distance of {n} metres with the lid closed.",
    "The log of the {kind} is read by the technician at each visit.",
    "Oil, grease and solvents harm the coating and are wiped off at once.",
    "The {part} is cleaned with warm water and never with a brush of steel.",
    "Staff are trained for {n} hours by somebody who has worked with a {kind} before.",
    "Packaging is taken back free of charge at the depot in {city}.",
)
SENTENCES_PER_CHUNK = 9


class Asked(Struct, frozen=True, kw_only=True):
    """A question, what its answer holds, and a follow-up that names nothing."""

    question: str
    gold: str
    follow_up: str


class Section(Struct, frozen=True, kw_only=True):
    """A machine's pages: its heading, the texts of its chunks, the questions that they answer."""

    heading: str
    chunks: Sequence[str]
    asked: Sequence[Asked]


class Handbook:
    """So many chunks of nine sentences, three a section; seeded."""

    def __init__(self, chunks: int, seed: int = 7) -> None:
        self._random = np.random.default_rng(seed)
        self._names: set[str] = set()
        self.sections = [self._section() for _ in range(-(-chunks // CHUNKS_PER_SECTION))]

    def _section(self) -> Section:
        name, kind = self._name(), self._one(KINDS)
        told = [self._told(fact, name) for fact in FACTS]
        fillers = CHUNKS_PER_SECTION * SENTENCES_PER_CHUNK - len(told)
        sentences = [sentence for sentence, _ in told] + [
            self._filler(kind) for _ in range(fillers)
        ]
        self._random.shuffle(sentences)
        opening = f"The {name} is a {kind} for {self._one(PLACES)}."
        chunks = [" ".join(sentences[at::CHUNKS_PER_SECTION]) for at in range(CHUNKS_PER_SECTION)]
        return Section(
            heading=f"{name} {kind}",
            chunks=[f"{opening} {chunks[0]}", *chunks[1:]],
            asked=[asked for _, asked in told],
        )

    def _told(self, fact: tuple[str, str, str], name: str) -> tuple[str, Asked]:
        said, question, follow_up = fact
        values = {"n": self._number(), "m": self._number(), "part": self._one(PARTS), "name": name}
        asked = Asked(
            question=question.format(**values), gold=str(values["n"]), follow_up=follow_up
        )
        return f"The {name} {said.format(**values)}.", asked

    def _filler(self, kind: str) -> str:
        return self._one(FILLERS).format(
            kind=kind,
            n=self._number(),
            part=self._one(PARTS),
            city=self._one(CITIES),
            place=self._one(PLACES),
        )

    def _name(self) -> str:
        """Return a name that no machine has yet."""
        while True:
            syllables = 3 + int(self._random.integers(2))
            name = "".join(
                self._one("bcdfghjklmnprstvwz") + self._one("aeiou") for _ in range(syllables)
            ).capitalize()
            if name not in self._names:
                self._names.add(name)
                return name

    def _number(self) -> int:
        return int(self._random.integers(2, 99))

    def _one(self, listed: Sequence[str]) -> str:
        return listed[int(self._random.integers(len(listed)))]
