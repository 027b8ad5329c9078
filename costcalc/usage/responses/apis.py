"""Every format that can be read: which tell themselves, and what a provider's name leaves."""

from __future__ import annotations

from costcalc.usage.responses import (
    anthropic,
    bedrock,
    cohere,
    deepseek,
    gemini,
    groq,
    langchain,
    litellm,
    llamaindex,
    mistral,
    openai,
    openai_media,
    openrouter,
    perplexity,
    pydantic_ai,
    shared,
    vercel,
    xai,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.usage.responses.api import Api

__all__ = ["APIS", "FRAMEWORKS", "PROVIDERS"]

FRAMEWORKS: tuple[Api, ...] = (
    litellm.LITELLM,
    langchain.MESSAGE,
    pydantic_ai.PYDANTIC_AI,
    vercel.PROVIDERS_OWN,
    vercel.RESULT,
    llamaindex.HANDLER,
    llamaindex.EVENT,
    llamaindex.KWARGS,
)
"""Shapes of frameworks, which tell themselves whoever the provider is."""

APIS: tuple[Api, ...] = (
    xai.GRPC,  # its JSON has names that frameworks have too
    *FRAMEWORKS,
    anthropic.SESSION,
    anthropic.MESSAGES,
    gemini.GENERATE,
    gemini.INTERACTIONS,
    gemini.CHAT,
    bedrock.CONVERSE,
    bedrock.INVOKE,
    openrouter.CHAT,
    openrouter.RESPONSES,
    perplexity.CHAT,
    perplexity.RESPONSES,
    xai.CHAT,
    xai.RESPONSES,
    xai.MEDIA,
    deepseek.CHAT,
    mistral.CHAT,
    groq.CHAT,
    cohere.CHAT,
    cohere.META,
    openai_media.REALTIME,
    openai_media.IMAGES,
    openai_media.SPEECH,
    openai_media.TRANSCRIPTION,
    openai_media.DURATION,
    openai.BATCH,
    openai.EMBEDDINGS,
    # what several speak, after all that is somebody's own
    openai.SHARED_RESPONSES,
    shared.CHAT,
    # the same with a provider's name
    openai.RESPONSES,
    openai.CHAT,
)
"""The formats in the order in which a response without a hint is held against them."""

_OPENAI = (
    openai.RESPONSES,
    openai.CHAT,
    openai_media.REALTIME,
    openai_media.IMAGES,
    openai_media.SPEECH,
    openai_media.TRANSCRIPTION,
    openai_media.DURATION,
    openai.BATCH,
    openai.EMBEDDINGS,
)
PROVIDERS: dict[str | None, tuple[Api, ...]] = {
    "openai": _OPENAI,
    "azure": (*_OPENAI, anthropic.MESSAGES),
    "anthropic": (anthropic.MESSAGES, anthropic.SESSION, shared.CHAT),
    "google": (gemini.GENERATE, gemini.INTERACTIONS, gemini.CHAT),
    "vertex": (gemini.GENERATE, gemini.INTERACTIONS, gemini.CHAT, anthropic.MESSAGES),
    "amazon": (bedrock.CONVERSE, bedrock.INVOKE),
    "bedrock": (bedrock.CONVERSE, bedrock.INVOKE, anthropic.MESSAGES, shared.CHAT),
    "xai": (xai.CHAT, xai.RESPONSES, xai.GRPC, xai.MEDIA),
    "deepseek": (deepseek.CHAT, anthropic.MESSAGES),
    "mistral": (mistral.CHAT, openai.EMBEDDINGS),
    "groq": (groq.CHAT, openai.SHARED_RESPONSES),
    "cohere": (cohere.CHAT, cohere.META),
    "openrouter": (
        openrouter.RESPONSES,
        openrouter.CHAT,
        openai.EMBEDDINGS,
        anthropic.MESSAGES,
    ),
    "perplexity": (perplexity.RESPONSES, perplexity.CHAT, openai.EMBEDDINGS),
    None: (
        openai.SHARED_RESPONSES,
        shared.CHAT,
        openai.EMBEDDINGS,
        anthropic.MESSAGES,  # Moonshot, Z.ai, MiniMax and others speak it too
        gemini.GENERATE,
        gemini.INTERACTIONS,
    ),
}
"""By provider, its formats; where none is unmistakable, the first that finds its counts is taken.
Under None what a provider without a format of its own speaks."""
