"""What the price files say counts each model: names that exist, and none left out by oversight."""

from __future__ import annotations

import re

import pytest

from costcalc import ModelInfo, Registry
from costcalc.tokens.calibration import bundled_names
from costcalc.tokens.media import rule_names
from costcalc.tokens.vocabularies import VOCABULARIES

MODELS = Registry.load().models()
TEXT = [info for info in MODELS if any({"input", "output"} <= set(p.rates) for p in info.prices)]

KNOWN_MAKERS = {
    "alibaba", "anthropic", "deepseek", "google", "mistral", "moonshot", "openai", "zai"
}  # fmt: skip
UNKNOWN = re.compile(  # models of these makers whose vocabulary is not public
    r"claude-(1|2|instant)|moonshot-v1|glm-ocr|qwen-audio"
)


def named(info: ModelInfo) -> str:
    return f"{info.provider}/{info.id}"


def test_every_tokenizer_is_a_vocabulary_or_a_calibration() -> None:
    known = {None, *VOCABULARIES, *bundled_names()}
    assert [named(info) for info in MODELS if info.tokenizer not in known] == []


def test_every_media_is_a_set_of_rules() -> None:
    known = {None, *rule_names()}
    assert [named(info) for info in MODELS if info.media not in known] == []


def test_every_set_of_rules_serves_a_model() -> None:
    assert {info.media for info in MODELS} == {None, *rule_names()}


def test_only_models_whose_vocabulary_is_not_public_name_none_where_their_makers_are_known() -> (
    None
):
    known = [info for info in TEXT if info.maker in KNOWN_MAKERS]
    assert len(known) > 400
    without = {named(info) for info in known if info.tokenizer is None}
    assert without == {named(info) for info in known if UNKNOWN.match(info.id)}


def test_a_model_that_bills_no_input_tokens_names_nothing() -> None:
    without = [i for i in MODELS if all("input" not in period.rates for period in i.prices)]
    assert without
    assert {(info.tokenizer, info.media) for info in without} == {(None, None)}


ASSIGNED: dict[str, tuple[str | None, str | None]] = {
    "openai/gpt-6.2-astra": ("o200k_base", "gpt-6"),
    "openai/gpt-5.6-sol": ("o200k_base", "gpt-5.6"),
    "openai/gpt-5.4-nano": ("o200k_base", "gpt-5.4"),
    "openai/gpt-5-mini": ("o200k_base", "gpt-5-mini"),
    "openai/gpt-4o": ("o200k_base", "gpt-4o"),
    "openai/gpt-realtime": ("o200k_base", "gpt-audio"),
    "openai/o3-mini": ("o200k_base", None),
    "openai/gpt-4": ("cl100k_base", None),
    "openai/text-embedding-3-small": ("cl100k_base", None),
    "openai/text-davinci-003": ("p50k_base", None),
    "openai/davinci": ("r50k_base", None),
    "openai/whisper-1": (None, None),
    "groq/openai/gpt-oss-120b": ("o200k_harmony", None),
    "anthropic/claude-3-haiku": ("claude-3", "claude-3"),
    "anthropic/claude-haiku-4-5": ("claude-3", "claude-3"),
    "anthropic/claude-opus-4-6": ("claude-3", "claude-3"),
    "anthropic/claude-opus-4-7": ("claude-4.7", "claude-4.7"),
    "anthropic/claude-mythos-preview": ("claude-4.7", "claude-4.7"),
    "anthropic/claude-opus-4-8": ("claude-4.8", "claude-4.7"),
    "anthropic/claude-sonnet-5": ("claude-4.8", "claude-4.7"),
    "anthropic/claude-fable-5-2": ("claude-4.8", "claude-4.7"),
    "anthropic/claude-haiku-5-5": ("claude-4.8", "claude-4.7"),
    "anthropic/claude-2.1": (None, None),
    "google/gemini-1.5-pro": ("gemini", "gemini-1.5"),
    "google/gemini-2.5-flash": ("gemini", "gemini-2"),
    "google/gemini-3.5-flash": ("gemini", "gemini-3"),
    "google/gemini-3.8-live": ("gemini", "gemini-live"),
    "google/gemma-4-31b-it": ("gemini", None),
    "google/imagen-4.0-generate-001": (None, None),
    "vertex/gemini-2.5-pro": ("gemini", "gemini-2"),
    "deepseek/deepseek-chat": ("deepseek-v3", None),
    "moonshot/kimi-k2.5": ("kimi-k2", None),
    "moonshot/kimi-k3.1-pro": ("kimi-k3", None),
    "mistral/mistral-large-2411": ("mistral-v3", None),
    "mistral/open-mixtral-8x7b": ("mistral-v1", None),
    "mistral/pixtral-large-2411": ("mistral-v3", "pixtral"),
    "mistral/mistral-large-2512": ("tekken", "mistral-3"),
    "mistral/zai-glm-5-3": ("glm-4", None),
    "groq/llama-3.3-70b-versatile": ("llama-3", None),
    "groq/llama2-70b-4096": ("llama-2", None),
    "groq/meta-llama/llama-4-scout-17b-16e-instruct": (None, None),
    "alibaba/qwen3-max": ("qwen-3", None),
    "alibaba/qwen3.5-plus": ("qwen-3.5", "qwen-3-vl"),
    "alibaba/qwen2.5-vl-7b-instruct": ("qwen-3", "qwen-2.5-vl"),
    "alibaba/kimi-k3": ("kimi-k3", None),
    "zhipu/glm-4.6v": ("glm-4", None),
    "zai/glm-ocr": (None, None),
    "perplexity/sonar": (None, None),
    "xai/grok-4.5": (None, "grok"),
    "xai/grok-code-fast-1": (None, None),
    "cohere/command-a-03-2025": (None, None),
}


@pytest.mark.parametrize("name", ASSIGNED)
def test_a_model_is_counted_by_its_generation(name: str) -> None:
    found = {named(info): (info.tokenizer, info.media) for info in MODELS}
    assert found[name] == ASSIGNED[name]
