"""Providers as people and bills know them: the names that FOCUS asks for, by provider id."""

from __future__ import annotations

__all__ = ["service_of"]

# id → who sells it, the name of the service
_SERVICES = {
    "alibaba": ("Alibaba Cloud", "Model Studio"),
    "amazon": ("Amazon Web Services", "Amazon Bedrock"),
    "anthropic": ("Anthropic", "Claude API"),
    "azure": ("Microsoft", "Azure OpenAI"),
    "bedrock": ("Amazon Web Services", "Amazon Bedrock"),
    "cohere": ("Cohere", "Cohere API"),
    "deepseek": ("DeepSeek", "DeepSeek API"),
    "fireworks": ("Fireworks AI", "Fireworks AI API"),
    "google": ("Google", "Gemini API"),
    "groq": ("Groq", "GroqCloud"),
    "meta": ("Meta", "Meta Model API"),
    "minimax": ("MiniMax", "MiniMax API"),
    "mistral": ("Mistral AI", "Mistral AI API"),
    "moonshot": ("Moonshot AI", "Moonshot AI API"),
    "openai": ("OpenAI", "OpenAI API"),
    "openrouter": ("OpenRouter", "OpenRouter API"),
    "perplexity": ("Perplexity", "Perplexity API"),
    "together": ("Together AI", "Together AI API"),
    "vertex": ("Google Cloud", "Vertex AI"),
    "xai": ("xAI", "xAI API"),
    "zai": ("Z.ai", "Z.ai API"),
    "zhipu": ("Zhipu AI", "BigModel"),
}


def service_of(provider: str) -> tuple[str, str]:
    """Return the names of a provider and of its service; an id that is not known names both."""
    return _SERVICES.get(provider) or (provider, provider)
