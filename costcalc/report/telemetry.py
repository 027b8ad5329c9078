"""Costs on spans: the attributes that OpenTelemetry has for usage, and proposes for cost.

Names are those of the GenAI semantic conventions in their own repository, read 2026-11-27:
https://github.com/open-telemetry/semantic-conventions-genai. What stands for cost is still a
proposal there (pull request 443). Nothing here imports OpenTelemetry.
"""

from __future__ import annotations

from costcalc.billing.cost import Cost
from costcalc.errors import UsageError
from costcalc.usage.responses.response_usage import ResponseUsage
from costcalc.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Attributes = dict[str, str | int | float]

__all__ = ["telemetry_attributes"]

# provider id → the well-known value of gen_ai.provider.name, where it is another
_PROVIDERS = {
    "amazon": "aws.bedrock",
    "azure": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "google": "gcp.gemini",
    "mistral": "mistral_ai",
    "moonshot": "moonshot_ai",
    "vertex": "gcp.vertex_ai",
    "xai": "x_ai",
}
# parts of the totals, by what the conventions call them; a part that is 0 says nothing
_PARTS = {
    "cache_read_tokens": "cache_read.input_tokens",
    "cache_write_tokens": "cache_write.input_tokens",
    "input_audio_tokens": "audio.input_tokens",
    "input_image_tokens": "image.input_tokens",
    "cache_read_audio_tokens": "audio.cache_read.input_tokens",
    "cache_read_image_tokens": "image.cache_read.input_tokens",
    "reasoning_tokens": "reasoning.output_tokens",
    "output_audio_tokens": "audio.output_tokens",
    "output_image_tokens": "image.output_tokens",
}


def telemetry_attributes(
    cost: Cost,
    usage: Usage | None = None,
    *,
    request_model: str | None = None,
    older_names: bool = False,
) -> Attributes:
    """Return a cost, and the usage it is of, as attributes of an OpenTelemetry span.

    They belong on the span of the one call that they are of: a span of an agent or a workflow that
    has its calls' costs once more is counted twice. `gen_ai.usage.cost.*` is a proposal of
    OpenTelemetry's, an amount in floating point for dashboards; `costcalc.cost.total` is the exact
    amount as text. Where the seller stated a cost, that one is the proposal's amount and its source
    `provider`; else it is the price, and `local`. `request_model` is the model that was asked for,
    where you know it. `older_names` gives tokens written to a cache under their name until 2026,
    `cache_creation`, too.

    Raises `UsageError` for what is no cost or no usage.
    """
    if not isinstance(cost, Cost):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
        msg = f"cost is a costcalc.Cost, not {type(cost).__name__}; price the call first"
        raise UsageError(msg, cost=cost)
    if usage is not None and not isinstance(usage, Usage):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
        msg = (
            f"usage is a costcalc.Usage, not {type(usage).__name__}; read a response with "
            "Usage.from_response"
        )
        raise UsageError(msg, usage=usage)
    return dict(
        (
            *_identity(cost, usage, request_model),
            *(() if usage is None else _tokens(usage, older_names=older_names)),
            *_proposal(cost),
            *_ours(cost),
        )
    )


def _identity(
    cost: Cost, usage: Usage | None, request_model: str | None
) -> Iterator[tuple[str, str]]:
    """Iterate over who answered: as the response says, else as it is billed."""
    if cost.provider is not None:
        yield "gen_ai.provider.name", _PROVIDERS.get(cost.provider, cost.provider)
    if request_model is not None:
        yield "gen_ai.request.model", request_model
    stated = usage.model if isinstance(usage, ResponseUsage) else None
    model = stated or cost.model
    if model is not None:
        yield "gen_ai.response.model", model
    if isinstance(usage, ResponseUsage) and usage.id is not None:
        yield "gen_ai.response.id", usage.id


def _tokens(usage: Usage, *, older_names: bool) -> Iterator[tuple[str, int]]:
    """Iterate over the counts; those of every part of a response, as they are billed together."""
    whole = usage.whole() if isinstance(usage, ResponseUsage) else usage
    yield "gen_ai.usage.input_tokens", whole.input_tokens
    yield "gen_ai.usage.output_tokens", whole.output_tokens
    for name, attribute in _PARTS.items():
        count = getattr(whole, name)
        if count:
            yield f"gen_ai.usage.{attribute}", count
    if older_names and whole.cache_write_tokens:
        yield "gen_ai.usage.cache_creation.input_tokens", whole.cache_write_tokens


def _proposal(cost: Cost) -> Iterator[tuple[str, str | float]]:
    stated = cost.stated
    yield "gen_ai.usage.cost.amount", float(cost.total if stated is None else stated)
    yield "gen_ai.usage.cost.currency", cost.currency
    yield "gen_ai.usage.cost.source", "local" if stated is None else "provider"


def _ours(cost: Cost) -> Iterator[tuple[str, str]]:
    """Iterate over what is exact, and what it rests on."""
    yield "costcalc.cost.total", f"{cost.total:f}"
    yield "costcalc.cost.currency", cost.currency
    if cost.stated is not None:
        yield "costcalc.cost.stated", f"{cost.stated:f}"
    if cost.model is not None:
        yield "costcalc.cost.model", cost.model
    if cost.source is not None:
        yield "costcalc.price.source", cost.source
    if cost.registry_version is not None:
        yield "costcalc.registry.version", cost.registry_version
    if cost.assumptions:
        codes = dict.fromkeys(each.code for each in cost.assumptions)
        yield "costcalc.cost.assumptions", ", ".join(codes)
