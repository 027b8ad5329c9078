"""What a request may cost at most, before it is sent."""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.errors import CostcalcError, UnknownConditionError
from costcalc.estimate.prompt import estimate_prompt
from costcalc.registry.current import current

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.billing.cost import Cost
    from costcalc.registry.registry import Registry

__all__ = ["most"]

_LIMITS = ("max_completion_tokens", "max_output_tokens", "max_tokens")
"""Where a chat, a response and a message limit their reply."""
_TIERS = ("flex", "priority")
"""Tiers that a request asks for by name and that change its price."""


def most(
    request: Mapping[str, Any],
    model: str | None,
    provider: str | None,
    registry: Registry | None,
    region: str | None = None,
) -> Cost | int:
    """Return the high end of what a request may cost; 0 where that cannot be estimated.

    `model` is for a request that names none. What is marked for a cache is taken to be written to
    it, since that costs most. A region that the prices do not know costs what others do.
    """
    named = request.get("model") or model or ""
    try:
        info = (current() if registry is None else registry).model(named, provider=provider)
        limit = next((request[key] for key in _LIMITS if request.get(key)), info.max_output)
        tier = request.get("service_tier")
        return estimate_prompt(
            named,
            request,
            output_tokens=(limit or 0) * (request.get("n") or 1),
            cache=_written(request),
            provider=provider,
            service_tier=tier if tier in _TIERS else None,
            region=region,
            registry=registry,
        ).high
    except UnknownConditionError as error:
        if region is None or error.key != "region":
            return 0
        return most(request, model, provider, registry)
    except CostcalcError:
        return 0


def _written(node: Any) -> str | None:
    """Return what the marks of a request write to a cache: the longest life that one has."""
    if isinstance(node, Mapping):
        mark = node.get("cache_control")
        own = None if mark is None else "write_1h" if mark.get("ttl") == "1h" else "write"
        found = [own, *map(_written, node.values())]
    elif isinstance(node, list | tuple):
        found = [_written(each) for each in node]
    else:
        return None
    return max((each for each in found if each is not None), default=None, key=len)
