"""What public lists call a provider, in our ids."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["our_provider", "without_gateway"]

_OURS: Final[dict[str, str]] = {
    # genai-prices
    "x-ai": "xai",
    "moonshotai": "moonshot",
    "zhipuai": "zhipu",
    "aws": "bedrock",
    "openai-decisions": "openai",
    # model-prices, which follows models.dev
    "amazon-bedrock": "bedrock",
    "nova": "amazon",
    # litellm: one maker or host under several names
    "amazon_nova": "amazon",
    "azure_ai": "azure",
    "azure_text": "azure",
    "bedrock_converse": "bedrock",
    "bedrock_mantle": "bedrock",
    "bigmodel": "zhipu",
    "codestral": "mistral",
    "cohere_chat": "cohere",
    "dashscope": "alibaba",
    "fireworks_ai": "fireworks",
    "fireworks_ai-embedding-models": "fireworks",
    "gemini": "google",
    "meta_llama": "meta",
    "qwen_ai_platform": "alibaba",
    "qwencloud": "alibaba",
    "text-completion-codestral": "mistral",
    "text-completion-openai": "openai",
    "together_ai": "together",
}
"""The lists' names of providers that we call differently; the others keep their name."""

_AMAZON_OWN: Final = re.compile(r"(?:^|[./])amazon[.-](?:nova|titan|rerank)")


def our_provider(listed: str, model: str) -> str:
    """Return our id for a list's provider; Amazon's own models on Bedrock are `amazon`."""
    if listed.startswith("vertex_ai"):  # litellm has one provider per family that Vertex hosts
        return "vertex"
    ours = _OURS.get(listed, listed)
    return "amazon" if ours == "bedrock" and _AMAZON_OWN.search(model) else ours


def without_gateway(key: str, listed: str) -> str:
    """Return a key without the provider prefix that litellm puts before some ids.

    `gemini/gemini-2.5-pro` is `gemini-2.5-pro`, but Groq's `openai/gpt-oss-120b` is one id.
    """
    first, slash, rest = key.partition("/")
    gateways = {listed, listed.partition("-")[0], listed.removesuffix("_text")}
    return rest if slash and first.replace("-", "_") in gateways else key
