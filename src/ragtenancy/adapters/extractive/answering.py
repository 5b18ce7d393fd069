"""Choosing the answer to one question among its candidates, and judging its certainty."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.adapters.extractive.candidates import (
    COMPARED,
    MAX_ITEMS,
    MAX_STATEMENTS,
    Candidate,
    Statement,
    statement_of,
)
from ragtenancy.adapters.extractive.question import Question
from ragtenancy.adapters.extractive.scoring import Coverage, Scored
from ragtenancy.adapters.extractive.units import Unit
from ragtenancy.adapters.extractive.values import offers
from ragtenancy.domain.content import Vocabulary
from ragtenancy.domain.questions import Kind

SECOND_SHARE = 0.93  # a second statement scores at least this share of the first
MAX_WORDS_BESIDE = 40  # of a second statement
MAX_STEPS = 6
# a list in the same section replaces a sentence if it has at least this share of its coverage
LIST_SHARE = 0.8
GAP_IF_ALONE = 0.2  # the gap assumed if there is no other candidate
_POINTS_BACK = re.compile(
    r"(?:it|its|they|their|them|this|that|these|those|he|she|his|her|such|then|there|during it|after it|before it|in this case"
    r"|otherwise|instead|both|the former|the latter|you do|es|sie|er|dies\w*|diese\w*|dabei|dafür|danach|dazu|il|elle|ils|elles"
    r"|cela|ce|ello|esto|este|estos)\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\b(?:it|they|he|she|er|sie|es|il|elle|ils|elles)\b", re.IGNORECASE)
PRONOUN_WITHIN = 5  # words from the start, within which a pronoun refers to an earlier noun
_EXCEPTION = re.compile(
    r"(?:(?:the )?only exception|except|unless|however|but|this does not|does not (?:hold|apply)|otherwise|exceptions?"
    r"|not permitted either|ausgenommen|außer|jedoch|allerdings|sauf|excepto|salvo)\b",
    re.IGNORECASE,
)


MAX_GAP = MAX_PRECISION = 0.6  # larger values of these features are capped
FEATURES = (
    "constant",
    "cosine",
    "own",
    "placed",
    "fits",
    "gap",
    "precision",
    "unknown",
    "cosine x unknown",
    "compared",
    "listed",
    "rambling",
)
SURENESS_WEIGHTS = (-3.57, 4.22, 0.43, 2.59, 0.76, 2.69, -0.25, -1.78, 3.00, 1.91, 0.68, 0.18)
"""Weights of a logistic regression on correct answers, from `make fit-sureness`; see `FEATURES`."""
SENTENCE_ENDS = (".", "!", "?", "\u3002", "\uff01", "\uff1f", "\u061f", "\u0964")
MIN_SURENESS = 0.1  # logit; p = 0.525
WITHOUT_VALUE = 2.0  # logit; sentences without the requested amount, share or year
_VALUED = (Kind.AMOUNT, Kind.SHARE, Kind.YEAR)


class Found(Struct, frozen=True, kw_only=True):
    """The answer to one question, with the features from which its certainty is computed.

    `lacking`: it holds no such value as is requested. `listed`: it is a list, as requested. `compared`: it was computed from a table. `rambling`: the
    question is hidden in a story.
    """

    statements: Sequence[Statement]
    cosine: float
    coverage: Coverage
    fits: float
    gap: float
    unknown: float
    lacking: bool
    compared: bool
    listed: bool
    rambling: bool


class Ranked(Struct, frozen=True, kw_only=True):
    """A candidate with its scored unit and its total score."""

    candidate: Candidate
    scored: Scored

    @property
    def total(self) -> float:
        """The score with the candidate's bonus."""
        return self.scored.score + self.candidate.bonus


def answer(
    question: Question,
    candidates: Sequence[Candidate],
    scores: Sequence[Scored],
    units: Sequence[Unit],
    vocabulary: Vocabulary,
) -> Found | None:
    """Return the best answer, None if there is none; `scores[i]` is that of `candidates[i]`."""
    pairs = (Ranked(candidate=c, scored=s) for c, s in zip(candidates, scores, strict=True))
    ranked = sorted(pairs, key=lambda each: -each.total)
    if not ranked:
        return None
    best = ranked[0]
    if best.candidate.is_plain and question.kind in (Kind.STEPS, Kind.LIST):
        best = _list_instead(best, ranked, question) or best
    statements = list(best.candidate.statements)
    lacking = best.candidate.is_row and _lacks_value(statements, question.kind, least=1.0)
    if best.candidate.is_plain:
        unit = best.candidate.unit
        is_label = best.scored.is_label and not unit.text.endswith(SENTENCE_ENDS)
        statements = _in_context(unit, units, question, vocabulary, is_label=is_label)
        lacking = _lacks_value(statements, question.kind)
        statements += _more(statements, best, ranked[1:], question, vocabulary)
    return Found(
        statements=statements,
        cosine=best.scored.cosine,
        coverage=best.scored.coverage,
        fits=best.scored.fits,
        gap=ranked[0].total - ranked[1].total if len(ranked) > 1 else GAP_IF_ALONE,
        unknown=question.terms.share_unknown,
        lacking=lacking,
        compared=best.candidate.bonus >= COMPARED,
        listed=question.kind in (Kind.LIST, Kind.STEPS) and not best.candidate.is_plain,
        rambling=len(question.clauses) > 0,
    )


def _lacks_value(statements: Sequence[Statement], kind: Kind, least: float = 0.5) -> bool:
    """Return whether no statement offers at least so much of a kind that an answer must have."""
    return kind in _VALUED and all(offers(each.text, kind) < least for each in statements)


def _list_instead(best: Ranked, ranked: Sequence[Ranked], question: Question) -> Ranked | None:
    """Return a list that answers better than the sentence, None if there is none.

    This is a list in the same section, or, for a how-to question, the best list if its cosine is at
    least as high.
    """
    lists = [each for each in ranked if each.candidate.statements[0].items]
    least = LIST_SHARE * best.scored.coverage.placed
    for each in lists:
        in_section = _same_section(each.candidate.unit, best.candidate.unit)
        if in_section and each.scored.coverage.placed >= least:
            return each
    nearer = lists[0] if lists and question.kind is Kind.STEPS else None
    return nearer if nearer and nearer.scored.cosine >= best.scored.cosine else None


def _same_section(one: Unit, other: Unit) -> bool:
    return (one.passage, one.section) == (other.passage, other.section)


def _more(
    statements: Sequence[Statement],
    best: Ranked,
    others: Sequence[Ranked],
    question: Question,
    vocabulary: Vocabulary,
) -> list[Statement]:
    """Return further sentences that score nearly as high and cover more of the question.

    Each has a value of the requested kind, if the best has one.
    """
    words = vocabulary.of(" ".join(each.text for each in statements))
    least = question.terms.weight_held(words) + 1e-9
    found: list[Statement] = []
    for each in others:
        if len(statements) + len(found) >= MAX_STATEMENTS or each.total < SECOND_SHARE * best.total:
            break
        (further, *_) = each.candidate.statements
        if (
            each.candidate.is_plain
            and not each.scored.is_label
            and each.scored.fits >= best.scored.fits
            and further not in [*statements, *found]
            and len(further.text.split()) <= MAX_WORDS_BESIDE
            and question.terms.weight_held(vocabulary.of(each.candidate.unit.text) | words) > least
        ):
            found.append(further)
    return found


def _in_context(
    unit: Unit,
    units: Sequence[Unit],
    question: Question,
    vocabulary: Vocabulary,
    *,
    is_label: bool,
) -> list[Statement]:
    """Return a sentence with the neighbours that it needs.

    These are the sentence before, if this one refers back to it, and the sentence after, if this
    one is incomplete without it. For a how-to question the whole paragraph is returned (at most six
    sentences). A sentence that introduces a list brings the list. A question, such as the heading
    of an answer, gives way to the text below it. `is_label`: the sentence names the subject only.
    """
    at = next(i for i, u in enumerate(units) if (u.passage, u.place) == (unit.passage, unit.place))
    below = units[at + 1] if at + 1 < len(units) else None
    if unit.asks and below is not None and below.passage == unit.passage and not below.asks:
        return _in_context(below, units, question, vocabulary, is_label=False)
    if question.kind is Kind.STEPS and not unit.is_item:
        paragraph = [u for u in units if _one_paragraph(u, unit)]
        return [statement_of(u) for u in paragraph[:MAX_STEPS]]
    led = [
        u.text
        for u in units[at + 1 :]
        if u.is_item and u.passage == unit.passage and u.lead == unit.text
    ]
    if unit.leads and led:
        return [Statement(text=unit.text, passage=unit.passage, items=led[:MAX_ITEMS])]
    statements = [statement_of(unit)]
    before = units[at - 1] if at else None
    after = units[at + 1] if at + 1 < len(units) else None
    points_back = before is not None and _one_paragraph(before, unit) and not before.is_label
    if before is not None and points_back and _POINTS_BACK.match(unit.text):
        statements.insert(0, statement_of(before))
    label = is_label or unit.is_label
    if after is not None and _needs(unit, after, question, vocabulary, is_label=label):
        statements.append(statement_of(after))
    return statements


def _needs(
    unit: Unit, after: Unit, question: Question, vocabulary: Vocabulary, *, is_label: bool
) -> bool:
    """Return whether a sentence needs the next: a continuation, an exception, or a missing part.

    A missing part is a requested word or kind of value that the sentence itself lacks; a label
    says nothing without the line that it stands above.
    """
    if after.passage != unit.passage or after.is_item or after.row is not None:
        return False
    if is_label and unit.row is None and not unit.is_item and not after.is_label:
        return True
    if _EXCEPTION.search(after.text):
        return True
    if not _one_paragraph(after, unit):
        return False
    lacks = offers(unit.text, question.kind) < 1 and offers(after.text, question.kind) == 1
    goes_on = bool(_PRONOUN.search(" ".join(after.text.split()[:PRONOUN_WITHIN])))
    wanted = question.terms.weights if goes_on else question.own_words
    told = question.terms.credits(vocabulary.of(after.text) - vocabulary.of(unit.text))
    adds = any(told.get(term) == 1 for term in wanted)
    return lacks or adds or bool(_POINTS_BACK.match(after.text))


def _one_paragraph(one: Unit, other: Unit) -> bool:
    return (one.passage, one.paragraph) == (other.passage, other.paragraph)


def features(found: Found) -> tuple[float, ...]:
    """Return an answer's regression features, in the order of `FEATURES`."""
    return (
        1.0,
        found.cosine,
        found.coverage.own,
        found.coverage.placed,
        found.fits,
        min(found.gap, MAX_GAP),
        min(found.coverage.precision, MAX_PRECISION),
        found.unknown,
        found.cosine * found.unknown,
        float(found.compared),
        float(found.listed),
        float(found.rambling),
    )


def sureness(found: Found) -> float:
    """Return the logit of the probability that an answer is right."""
    fitted = sum(w * x for w, x in zip(SURENESS_WEIGHTS, features(found), strict=True))
    return fitted - (WITHOUT_VALUE if found.lacking else 0.0)


def is_sure(found: Found) -> bool:
    """Return whether an answer is more likely right than not, by a small margin."""
    return sureness(found) >= MIN_SURENESS
