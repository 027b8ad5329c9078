"""Who bills a call, from what agents and gateways call their providers."""

from __future__ import annotations

from costcalc.registry.names import GATEWAYS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.logs.calls import Calls

__all__ = ["sold"]

_NAMES = {
    # models.dev, whose names OpenCode takes: https://models.dev/api.json
    "zai-coding-plan": "zai",
    "zhipuai-coding-plan": "zhipu",
    "minimax-coding-plan": "minimax",
    # OpenTelemetry: https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/
    "x_ai": "xai",
    "mistral_ai": "mistral",
    "moonshot_ai": "moonshot",
    "gcp.gemini": "google",
    "gcp.gen_ai": "google",
    "gcp.vertex_ai": "vertex",
    "aws.bedrock": "bedrock",
    "azure.ai.openai": "azure",
    "azure.ai.inference": "azure",
}
"""By what others call it, the provider as price files name it, where these do not know the name."""
_PASSED_ON = frozenset({"github-copilot", "copilot", "opencode", "opencode-go", "opencode-zen"})
"""Who sells models of others in a subscription, or on without a price list of its own here."""


def sold(model: str, stated: str | None, calls: Calls) -> tuple[str, str | None]:
    """Return the model and who bills it, as prices are asked for.

    A gateway stands before the model's name. A provider without prices stays as it is: its calls
    are said to have none.
    """
    if not stated:
        return model, None
    name = stated.lower()
    name = _NAMES.get(name, name)
    if name in GATEWAYS:
        prefix = f"{name}/"
        return model if model.lower().startswith(prefix) else prefix + model, None
    if name in _PASSED_ON:
        calls.note(
            "seller",
            f"{stated} states no price a token; what it passes on is priced as the models' makers "
            "sell it",
        )
        return model, None
    return model, name
