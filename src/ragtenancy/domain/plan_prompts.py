"""The single-tenant installation's `prompts.yaml`, whatever its keys, read as a configuration.

A value is taken over where its meaning is certain; all others are listed with what to do. The
service sends the passages, the conversation and the question itself, so that no placeholder of a
template remains.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, convert, structs

from ragtenancy.domain.bounds import allowed, holds
from ragtenancy.domain.errors import InvalidError
from ragtenancy.domain.tenant_config import (
    Chunking,
    Features,
    Limits,
    LlmSettings,
    Prompts,
    SearchSettings,
    TenantConfig,
)

MAX_VALUES = 1_000
MAX_DEPTH = 12
Path = tuple[str, ...]

SECTIONS: Mapping[str, type[Struct]] = {
    "prompts": Prompts,
    "search_settings": SearchSettings,
    "llm_settings": LlmSettings,
    "features": Features,
    "chunking": Chunking,
    "limits": Limits,
}
# Names that mean a field, the most certain first.
SYNONYMS: Mapping[str, Sequence[str]] = {
    "prompts.system_prompt": (
        "system_prompt", "system", "system_message", "system_instruction", "system_instructions",
        "rag_system_prompt", "chat_system_prompt", "assistant_prompt", "persona", "rag_prompt",
        "rag", "rag_template", "qa_prompt", "qa_template", "answer_prompt", "chat_prompt",
        "prompt_template",
    ),
    "prompts.greeting": (
        "greeting", "greeting_message", "greeting_prompt", "welcome", "welcome_message",
    ),
    "prompts.no_context_response": (
        "no_context_response", "no_context", "no_context_message", "no_context_prompt",
        "no_answer", "no_answer_response", "no_results", "no_results_message", "not_found",
        "not_found_message", "no_information", "fallback", "fallback_response", "fallback_message",
    ),
    "search_settings.semantic_weight": ("semantic_weight", "vector_weight", "dense_weight"),
    "search_settings.bm25_weight": ("bm25_weight", "keyword_weight", "lexical_weight"),
    "search_settings.top_k": ("top_k", "topk", "k"),
    "search_settings.similarity_threshold": ("similarity_threshold", "score_threshold"),
    "llm_settings.model": ("model", "model_name", "llm_model", "chat_model"),
    "llm_settings.temperature": ("temperature",),
    "llm_settings.max_tokens": ("max_tokens", "max_output_tokens", "max_completion_tokens"),
}  # fmt: skip
# Prompts for work that the service does in its own words.
DONE_HERE = frozenset({
    "condense_prompt", "condense", "condense_question", "condense_question_prompt", "rephrase",
    "contextualize", "contextualize_prompt", "contextualize_q_system_prompt", "query_rewrite",
    "rewrite_prompt", "standalone_question", "standalone_question_prompt", "rephrase_prompt",
    "image_description", "image_prompt", "vision_prompt", "image_description_prompt",
    "citation_prompt", "context_prompt", "context_template", "user_prompt", "user_template",
    "human", "human_prompt", "user", "history_prompt", "question_prompt",
})  # fmt: skip
LEAVES = frozenset({"prompt", "text", "content", "template", "value", "message", "default"})
FILLED_HERE = frozenset({
    "context", "contexts", "context_str", "documents", "docs", "passages", "chunks", "sources",
    "question", "query", "query_str", "input", "user_input", "user_question", "message",
    "user_message", "history", "chat_history", "conversation", "conversation_history", "messages",
    "agent_scratchpad", "summaries", "retrieved_context", "text",
})  # fmt: skip

_PLACEHOLDER = re.compile(r"\{\{\s*[\w.\[\]]*\s*\}\}|\$?\{\s*[\w.\[\]:]*\s*\}")
_NAME = re.compile(r"[A-Za-z_]\w*")
_LABEL = re.compile(r"[\W_]*(?:</?[\w-]+>\W*|[\w\W]{0,40}:[\W_]*)?\Z")
_TAG = re.compile(r"\s*</?[\w-]+>\s*\Z")


class Taken(Struct, frozen=True, kw_only=True):
    """A value that was taken over, from a key of the file to a field of the configuration."""

    key: str
    target: str
    remark: str = ""


class LeftOut(Struct, frozen=True, kw_only=True):
    """A value that was not taken over, and what to do about it."""

    key: str
    advice: str


class PlanPrompts(Struct, frozen=True, kw_only=True):
    """A file's configuration, and the account of every value in it."""

    config: TenantConfig
    taken: Sequence[Taken]
    left_out: Sequence[LeftOut]


def read_plan_prompts(content: object) -> PlanPrompts:
    """Return the configuration that a decoded file means, with defaults for the rest."""
    return _Reading(content).result()


class _Reading:
    """The values of a file, assigned to fields one by one."""

    def __init__(self, content: object) -> None:
        self._fields: dict[str, object] = {}
        self._taken: list[Taken] = []
        self._left: list[LeftOut] = []
        self._values = dict(self._walked(content))

    def result(self) -> PlanPrompts:
        """Assign every value."""
        for target, names in SYNONYMS.items():
            self._assign(target, names)
        for section, kind in SECTIONS.items():
            for each in structs.fields(kind):
                self._assign(f"{section}.{each.name}", (each.name,))
        for path in self._values:
            self._leave(path, _advice(path))
        if not (self._taken or self._left):
            self._leave((), "It contains no values.")
        self._weigh()
        return PlanPrompts(config=self._config(), taken=self._taken, left_out=self._left)

    def _walked(self, content: object) -> Iterator[tuple[Path, object]]:
        """Yield the values by path; bounded, since aliases of YAML can make them countless."""
        for number, (path, value) in enumerate(_values(content, ())):
            if number == MAX_VALUES:
                self._leave(("…",), f"Only the first {MAX_VALUES} values were read.")
                return
            if value not in ({}, []):
                yield path, value

    def _assign(self, target: str, names: Sequence[str]) -> None:
        """Take the value of the most certain name; leave equals apart, and list less certain ones."""
        found = [(rank, path) for path in self._values if (rank := _rank(path, target, names))]
        if not found:
            return
        best = min(rank for rank, _ in found)
        chosen = [path for rank, path in found if rank == best]
        values = {path: self._values.pop(path) for _, path in found}
        taken = chosen[0] if len({str(values[path]) for path in chosen}) == 1 else None
        if target in self._fields:
            taken = None
        for path, value in values.items():
            if path == taken:
                self._take(path, target, value)
            elif path in chosen and taken is None:
                self._leave(path, f"It may mean {target}, as others do; set the right one.")
            elif path not in chosen:
                self._leave(path, f"{target} is taken from another key; add to it what is missing.")

    def _take(self, path: Path, target: str, value: object) -> None:
        """Take a value if it is within the bounds of the field."""
        section, _, name = target.partition(".")
        kind = next(each.type for each in structs.fields(SECTIONS[section]) if each.name == name)
        remark = ""
        if section == "prompts" and isinstance(value, str | list):
            value, remark = _without_placeholders(_joined(value))
            if not value:
                self._leave(path, remark or "It is empty.")
                return
        if not holds(value, kind):
            self._leave(path, f"{target} must be {allowed(kind) or 'of another type'}.")
            return
        self._fields[target] = value
        self._taken.append(Taken(key=_dotted(path), target=target, remark=remark))

    def _leave(self, path: Path, advice: str) -> None:
        self._left.append(LeftOut(key=_dotted(path), advice=advice))

    def _weigh(self) -> None:
        """Complete one of the two weights; without a sum of 1, leave both."""
        one, other = "search_settings.semantic_weight", "search_settings.bm25_weight"
        for given, missing in ((one, other), (other, one)):
            weight = self._fields.get(given)
            if isinstance(weight, int | float) and missing not in self._fields:
                self._fields[missing] = round(1 - weight, 6)

    def _config(self) -> TenantConfig:
        """Return the configuration; fields of a section that contradict each other are left out."""
        sections = {section: self._section(section) for section in SECTIONS}
        return convert(sections, TenantConfig)

    def _section(self, section: str) -> Mapping[str, object]:
        fields = {
            target.partition(".")[2]: value
            for target, value in self._fields.items()
            if target.startswith(f"{section}.")
        }
        try:
            convert(fields, SECTIONS[section])
        except InvalidError as error:
            self._retract({f"{section}.{name}" for name in fields}, error.detail)
            return {}
        return fields

    def _retract(self, targets: set[str], why: str) -> None:
        for taken in [each for each in self._taken if each.target in targets]:
            self._taken.remove(taken)
            self._left.append(LeftOut(key=taken.key, advice=why))


def _values(content: object, path: Path) -> Iterator[tuple[Path, object]]:
    """Yield each value that is neither a mapping nor a list of other values than lines of text."""
    is_list = isinstance(content, list) and not all(isinstance(each, str) for each in content)
    if not content or len(path) > MAX_DEPTH:
        yield path, content
    elif isinstance(content, Mapping):
        for name, value in content.items():
            yield from _values(value, (*path, str(name)))
    elif is_list and isinstance(content, list):
        for number, value in enumerate(content):
            yield from _values(_as_message(value), (*path, str(number)))
    else:
        yield path, content


def _as_message(value: object) -> object:
    """Return a chat message, `{role: system, content: …}`, as `{system: …}`."""
    if isinstance(value, Mapping) and isinstance(value.get("role"), str) and "content" in value:
        return {value["role"]: value["content"]}
    return value


def _rank(path: Path, target: str, names: Sequence[str]) -> tuple[int, int] | None:
    """Return how certainly a path means a field, least first; None if it does not."""
    if not path:
        return None
    parts = [part.strip().lower().replace("-", "_").replace(" ", "_") for part in path]
    while len(parts) > 1 and parts[-1] in LEAVES and parts[-1] not in names:
        parts.pop()
    if parts[-1] not in names:
        return None
    section, _, field = target.partition(".")
    is_own = parts in ([field], [section, field])
    return (0 if is_own else 1 + list(names).index(parts[-1]), 0 if is_own else len(parts))


def _advice(path: Path) -> str:
    name = path[-1].lower() if path else ""
    if DONE_HERE & {part.lower() for part in path[-2:]}:
        return "The service does this in its own words; nothing to do."
    return (
        f'The meaning of "{name}" is not known; set a field with `ragtenancy config set`, or add '
        "the text to prompts.system_prompt."
    )


def _joined(value: str | list[object]) -> str:
    return value if isinstance(value, str) else "\n".join(map(str, value))


def _dotted(path: Path) -> str:
    return ".".join(path)[:200] or "the file"


def _without_placeholders(text: str) -> tuple[str, str]:
    """Return a prompt without its template's placeholders, and a remark about what was left out.

    A line with nothing but a placeholder and its label is the template's, filled in by the service.
    Any other line with braces is left out and counted: nothing is sent with literal braces.
    """
    if "{" not in text and "}" not in text:
        return text.strip(), ""
    lines, filled, other = _kept_lines(text.splitlines())
    remarks = []
    if filled:
        remarks.append("the service fills in " + ", ".join(f"{name}" for name in sorted(filled)))
    if other:
        remarks.append(
            f"left out, write it without braces: {'; '.join(repr(line) for line in other)}"
        )
    kept = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return kept, f"{', '.join(remarks)}." if remarks else ""


def _kept_lines(lines: Sequence[str]) -> tuple[list[str], set[str], list[str]]:
    """Return the lines without braces, the names that the service fills in, and the other lines."""
    kept: list[str] = []
    filled: set[str] = set()
    other: list[str] = []
    depth = 0
    for line in lines:
        inside = depth > 0
        depth = max(0, depth + line.count("{") - line.count("}"))
        if not inside and "{" not in line and "}" not in line:
            kept.append(line)
            continue
        names = {name for each in _PLACEHOLDER.findall(line) for name in _NAME.findall(each)}
        rest = _PLACEHOLDER.sub("", line)
        if not inside and names and names <= FILLED_HERE and _LABEL.match(rest):
            filled |= names
            _drop_label(kept)
        else:
            other.append(line.strip()[:200])
    return _without_loose_ends(kept, is_template=bool(filled)), filled, other


def _drop_label(kept: list[str]) -> None:
    """Remove the heading of a placeholder: the line before it, if that ends in a colon or is a tag."""
    while kept and not kept[-1].strip():
        kept.pop()
    if kept and len(kept[-1]) <= 60 and (kept[-1].rstrip().endswith(":") or _TAG.match(kept[-1])):
        kept.pop()


def _without_loose_ends(lines: list[str], *, is_template: bool) -> list[str]:
    """Return a template's lines without closing tags and a last label such as `Answer:`."""
    if not is_template:
        return lines
    kept = [line for line in lines if not re.match(r"\s*</[\w-]+>\s*\Z", line)]
    while kept and (not kept[-1].strip() or re.match(r"[\s*#_]*\w{1,20}[\s*_]*:\W*\Z", kept[-1])):
        kept.pop()
    return kept
