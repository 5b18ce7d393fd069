"""`prompts.yaml` as single-tenant installations keep it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ragtenancy.domain.plan_prompts import MAX_VALUES, PlanPrompts, read_plan_prompts
from ragtenancy.domain.tenant_config import TenantConfig

TEMPLATE = """
You are the assistant of CircularAI. Be friendly.
If you are not sure, say so.

Use the following context to answer the question:
{context}

Chat history:
{history}

Question: {question}
Answer:
"""


def read(text: str) -> PlanPrompts:
    return read_plan_prompts(yaml.safe_load(text))


def left(prompts: PlanPrompts) -> list[str]:
    return [each.key for each in prompts.left_out]


@pytest.mark.parametrize(
    "text",
    [
        "system_prompt: Be brief.",
        "system: Be brief.",
        "prompts: {system: Be brief.}",
        "rag_prompt: Be brief.",
        "agents: {rag_agent: {system_prompt: Be brief.}}",
        "system: {prompt: Be brief.}",
        "rag: {template: Be brief.}",
        "System-Prompt: Be brief.",
        "system: [Be brief.]",
        "messages: [{role: system, content: Be brief.}, {role: user, content: '{question}'}]",
    ],
)
def test_a_system_prompt_is_known_by_many_names(text: str) -> None:
    assert read(text).config.prompts.system_prompt == "Be brief."


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("welcome_message: Hi!", "greeting", "Hi!"),
        ("chat: {greeting: Hi!}", "greeting", "Hi!"),
        ("fallback: No idea.", "no_context_response", "No idea."),
        ("prompts: {no_context: No idea.}", "no_context_response", "No idea."),
    ],
)
def test_the_other_prompts_have_synonyms_too(text: str, field: str, value: str) -> None:
    assert getattr(read(text).config.prompts, field) == value


def test_a_templates_placeholders_are_left_to_the_service() -> None:
    prompts = read_plan_prompts({"rag_prompt": TEMPLATE})

    assert prompts.config.prompts.system_prompt == (
        "You are the assistant of CircularAI. Be friendly.\nIf you are not sure, say so."
    )
    assert prompts.taken[0].remark == "the service fills in context, history, question."


@pytest.mark.parametrize(
    "line",
    [
        "Greet {customer_name} by name.",
        'Answer as JSON: {"answer": "…"}.',
        "Use {context} to be nice to {company}.",
        "{% if history %}",
        "Example:\n{\n  'answer': 'x'\n}",
        "{{ tone }}",
        "a } b",
    ],
)
def test_other_braces_are_left_out_and_told(line: str) -> None:
    prompts = read_plan_prompts({"system": f"Be brief.\n{line}\nBe kind."})

    system_prompt = prompts.config.prompts.system_prompt
    assert not {"{", "}"} & set(system_prompt)
    assert system_prompt.startswith("Be brief.")
    assert system_prompt.endswith("Be kind.")
    assert "left out" in prompts.taken[0].remark


@pytest.mark.parametrize("template", ["{context}", "Context: {{ context }}", "{a}\n{b}"])
def test_a_prompt_of_placeholders_alone_changes_nothing(template: str) -> None:
    prompts = read_plan_prompts({"system": template})

    assert prompts.config == TenantConfig()
    assert left(prompts) == ["system"]


def test_the_more_certain_name_wins_and_the_other_is_told() -> None:
    prompts = read("system_prompt: Be brief.\nrag_prompt: Be long.")

    assert prompts.config.prompts.system_prompt == "Be brief."
    assert left(prompts) == ["rag_prompt"]


def test_equals_are_not_chosen_between() -> None:
    prompts = read("sales: {system: Sell.}\nsupport: {system: Help.}")

    assert prompts.config == TenantConfig()
    assert left(prompts) == ["sales.system", "support.system"]


def test_what_the_service_does_itself_is_told() -> None:
    prompts = read("condense_prompt: Rewrite {question}.\nvision_prompt: Describe it.")

    assert [each.advice[:16] for each in prompts.left_out] == ["The service does"] * 2


def test_an_unknown_key_is_told_and_nothing_else_suffers() -> None:
    prompts = read("system: Be brief.\nsurprise: 1\ngreeting: {en: Hi, de: Hallo}")

    assert prompts.config.prompts.system_prompt == "Be brief."
    assert left(prompts) == ["surprise", "greeting.en", "greeting.de"]


def test_settings_are_taken_over_from_any_section() -> None:
    config = read("llm: {temperature: 0.2, max_tokens: 500}\nretrieval: {top_k: 8}").config

    assert (config.llm_settings.temperature, config.llm_settings.max_tokens) == (0.2, 500)
    assert config.search_settings.top_k == 8


def test_one_weight_completes_the_other() -> None:
    search = read("search_settings: {semantic_weight: 0.8}").config.search_settings

    assert (search.semantic_weight, search.bm25_weight) == (0.8, 0.2)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("search_settings: {top_k: 0}", "search_settings.top_k"),
        ("temperature: hot", "temperature"),
        ("limits: {tokens_per_day: 0}", "limits.tokens_per_day"),
        (
            "search_settings: {semantic_weight: 0.8, bm25_weight: 0.8}",
            "search_settings.bm25_weight",
        ),
        ("greeting: true", "greeting"),
        ("system: ''", "system"),
        ("rag_prompt: {context}", "rag_prompt.context"),
        ("greeting:", "greeting"),
        ("- just\n- a list", "the file"),
        ("Be brief.", "the file"),
        ("", "the file"),
    ],
)
def test_a_value_that_cannot_be_used_is_told(text: str, key: str) -> None:
    prompts = read(text)

    assert prompts.config == TenantConfig()
    assert key in left(prompts)


def test_a_prompt_beyond_the_bound_is_told() -> None:
    prompts = read_plan_prompts({"system": "x" * 20_001, "greeting": "Hi"})

    assert prompts.config.prompts.greeting == "Hi"
    assert left(prompts) == ["system"]


def test_aliases_without_end_are_bounded() -> None:
    nested: Any = ["x", 1]
    for _ in range(40):
        nested = [nested, nested, 1]

    prompts = read_plan_prompts({"system": "Be brief.", "bomb": nested})

    assert prompts.config.prompts.system_prompt == "Be brief."
    assert len(prompts.left_out) <= MAX_VALUES + 1


def test_the_plans_own_shape_is_taken_over_whole() -> None:
    prompts = read("""
prompts:
  system_prompt: You are a helpful AI assistant...
  greeting: Hello! I'm here to help...
  no_context_response: I don't have information about that.
search_settings: {semantic_weight: 0.7, bm25_weight: 0.3, top_k: 5, similarity_threshold: 0.5}
llm_settings: {temperature: 0.7, max_tokens: 800}
features: {image_processing: true, conversation_memory: true}
""")

    assert (len(prompts.taken), prompts.left_out) == (11, [])
    assert prompts.config.search_settings.similarity_threshold == 0.5
