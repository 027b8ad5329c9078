"""Who bills the calls of a client: its class says it, or the host that it talks to."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["region_of", "seller_of"]

_CLASSES = {
    "Azure": "azure",
    "Foundry": "azure",
    "Bedrock": "bedrock",
    "Vertex": "vertex",
    "AWS": "aws",  # Claude's own platform in these clouds, which is neither Bedrock nor Vertex AI
    "GoogleCloud": "google-cloud",
}
"""What the name of a client class has in it, where a cloud bills and not the SDK's maker."""

_HOSTS = {
    "api.openai.com": "openai",
    "api.anthropic.com": "anthropic",
    # clouds
    "openai.azure.com": "azure",
    "services.ai.azure.com": "azure",
    "cognitiveservices.azure.com": "azure",
    "amazonaws.com": "bedrock",
    "api.aws": "bedrock",
    "aiplatform.googleapis.com": "vertex",
    # makers
    "generativelanguage.googleapis.com": "google",
    "api.x.ai": "xai",
    "api.deepseek.com": "deepseek",
    "api.mistral.ai": "mistral",
    "api.cohere.com": "cohere",
    "api.cohere.ai": "cohere",
    "api.perplexity.ai": "perplexity",
    "api.moonshot.ai": "moonshot",
    "api.z.ai": "zai",
    "open.bigmodel.cn": "zhipu",
    "api.minimax.io": "minimax",
    "api.meta.ai": "meta",
    "dashscope-intl.aliyuncs.com": "alibaba",
    "ap-southeast-1.maas.aliyuncs.com": "alibaba",
    # their platforms elsewhere, which have price lists of their own
    "aliyuncs.com": "alibaba-cn",
    "api.moonshot.cn": "moonshotai-cn",
    "api.minimaxi.com": "minimax-cn",
    # resellers
    "api.groq.com": "groq",
    "api.together.xyz": "together",
    "api.together.ai": "together",
    "api.fireworks.ai": "fireworks",
    "openrouter.ai": "openrouter",
}
"""Who bills at a host, or at any that ends so: the first that fits.

The clouds' are those that the SDKs' own classes talk to (openai 3.57, anthropic 2.14), the others
those of https://github.com/BerriAI/litellm (1.109.1), of
https://platform.kimi.com/docs/api/overview,
https://platform.minimaxi.com/docs/api-reference/text-openai-api and
https://www.alibabacloud.com/help/en/model-studio/compatibility-of-openai-with-dashscope. An id
without prices is on purpose: what another list says would be wrong, not unknown."""


def seller_of(client: Any) -> str | None:
    """Return who bills a client's calls; None where neither its class nor its host is known."""
    name = type(client).__name__
    named = next((seller for part, seller in _CLASSES.items() if part in name), None)
    host = str(client.base_url.host)
    return named or next((who for end, who in _HOSTS.items() if host.endswith(end)), None)


_REGIONAL = re.compile(r"([a-z]{2})\.api\.openai\.com")
"""https://developers.openai.com/api/docs/guides/data-residency: the regions' own hosts."""


def region_of(client: Any) -> str | None:
    """Return the region of the host that a client talks to; None where the host names none."""
    found = _REGIONAL.fullmatch(str(client.base_url.host))
    return None if found is None else found[1]
