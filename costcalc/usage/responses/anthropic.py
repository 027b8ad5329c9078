"""Anthropic's messages: counts that exclude each other, two lives of a cache, calls within a call.

https://platform.claude.com/docs/en/api/messages and, for calls within a call, the types of
https://github.com/anthropics/anthropic-sdk-python (2.14.0, `BetaUsage` and what it is made of)
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from math import ceil

from costcalc.usage.responses import fields
from costcalc.usage.responses.api import OF_CLOUD, Api

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.usage.responses.api import Draft
    from costcalc.usage.responses.response_usage import ResponseUsage

__all__ = ["MESSAGES", "SESSION", "read_iterations", "read_speed"]

_TIERED_FROM = 100_000
"""No price of a Claude changes with a prompt below this many tokens: Haiku 5.5's does above it."""
_CLOUDS = {"msg_bdrk_": "Amazon Bedrock", "msg_vrtx_": "Google Vertex AI"}
"""Clouds whose messages have ids of their own; seen in recorded responses, documented nowhere."""


def _refine(draft: Draft) -> None:
    if fields.has(draft.usage, "input_tokens_details.cached_tokens"):
        raise draft.contradiction(
            "input_tokens_details are those of responses, where cached tokens are in the input"
        )
    _split_writes(draft)
    read_speed(draft)
    read_iterations(draft)
    _name_seller(draft)
    _say_what_is_missing(draft)


def _split_writes(draft: Draft) -> None:
    """Take 1-hour writes from the split; the rest of the total lives 5 minutes.

    The split may be smaller than the total, as where server tools ran, or zero beside it. Where it
    is larger the total is the one that is wrong.
    """
    short = fields.count(draft.usage, "cache_creation.ephemeral_5m_input_tokens")
    split = short + draft.counts["cache_write_1h_tokens"]
    total = draft.counts["cache_write_tokens"]
    if split > total:
        if fields.has(draft.usage, "cache_creation_input_tokens"):
            draft.assume(
                f"cache_creation has {split:,} tokens and cache_creation_input_tokens {total:,}; "
                "the larger is billed"
            )
        draft.counts["cache_write_tokens"] = split
        draft.counts["input_tokens"] += split - total


def read_speed(draft: Draft) -> None:
    """Turn the tier `batch` into a batch, and the speed `fast` into the tier of that name."""
    conditions = draft.conditions
    if conditions.get("service_tier") == "batch":
        del conditions["service_tier"]
        conditions["batch"] = True
    if conditions.pop("speed", None) == "fast":
        conditions["service_tier"] = "fast"


def read_iterations(draft: Draft, *, summed: bool = False) -> None:
    """Bill compactions and the calls of an advisor as calls of their own.

    The counts at the top are the sum of the iterations that served, so a model that declined is not
    in them either. `summed` says that somebody has added all iterations up; they are taken out.
    """
    served: list[ResponseUsage] = []
    for kind, part in _iterations(draft):
        if kind == "served":
            served.append(part)
            continue
        if summed:
            for name in _COUNTS:
                draft.counts[name] -= getattr(part, name)
        if kind == "declined":
            continue
        draft.parts.append(_with(part, draft))
        if kind not in {"compaction", "advisor_message"}:
            draft.assume(
                f"an iteration of the unknown kind {kind!r} is taken as a call of its own, which "
                "the counts at the top do not contain"
            )
    if len(served) > 1:
        _read_served(draft, served)


def _iterations(draft: Draft) -> list[tuple[str | None, ResponseUsage]]:
    """Return the iterations, each with its kind: served, declined, or as Anthropic calls it."""
    iterations = fields.items(draft.usage, "iterations")
    fallback = [each for each in iterations if fields.text(each, "type") == "fallback_message"]
    if fallback and draft.model is None:
        draft.model = fields.text(fallback[-1], "model")
    found: list[tuple[str | None, ResponseUsage]] = []
    for each in iterations:
        kind = fields.text(each, "type")
        part = _ITERATION.read(each, each, draft.provider)
        if kind in {"message", "fallback_message"}:
            own = not fallback or part.model in {None, draft.model}
            kind = "served" if own else "declined"
        found.append((kind, part))
    return found


def _read_served(draft: Draft, served: list[ResponseUsage]) -> None:
    """Keep iterations apart where a price may depend on the size of one of them.

    A tool's results come back in a prompt of their own, so that the sum is no single long prompt.
    """
    names = [name for name in _COUNTS if name != "reasoning_tokens"]  # iterations state none
    sums = {name: sum(getattr(each, name) for each in served) for name in names}
    longest = max(each.input_tokens for each in served)
    if longest <= _TIERED_FROM or any(sums[name] != draft.counts[name] for name in names):
        draft.requests = len(served)
        return
    *rest, last = (_with(each, draft) for each in served)
    draft.parts[:0] = rest
    draft.counts = {name: getattr(last, name) for name in _COUNTS}


def _with(part: ResponseUsage, draft: Draft) -> ResponseUsage:
    """Return a part under the model and the terms of the response it belongs to.

    Another model shares the batch and the region, and not the speed.
    """
    own = part.model in {None, draft.model}
    terms = {
        key: value for key, value in draft.conditions.items() if own or key in {"batch", "region"}
    }
    return replace(part, model=part.model or draft.model, conditions=terms, api=draft.api)


def _name_seller(draft: Draft) -> None:
    """Say who bills: Anthropic, where the model is theirs and no cloud served it.

    Others speak this format for models of their own, whose ids say whose they are. A usage alone
    says nothing.
    """
    message = fields.text(draft.response, "id") or ""
    cloud = next((name for start, name in _CLOUDS.items() if message.startswith(start)), None)
    if draft.provider is not None:
        return
    if cloud is not None:
        draft.assume(
            f"the id {message} is one of {cloud}, whose price may be another than Anthropic's; "
            f"{OF_CLOUD}"
        )
    elif (draft.model or "").lower().startswith("claude"):
        draft.provider = "anthropic"


def _say_what_is_missing(draft: Draft) -> None:
    """Name what is billed and that no response states."""
    whole = draft.response
    for name in ("input", "output"):
        if not fields.has(draft.usage, f"{name}_tokens"):
            draft.assume(f"{name}_tokens is not stated; what the {name} cost is not in the cost")
    if fields.has(whole, "container"):
        draft.assume(
            "code ran in a container, whose time no response states; container-hours beyond the "
            "free ones are not in the cost"
        )
    if fields.text(draft.usage, "fallback_credit.status.type") == "redeemed":
        draft.assume(
            "a fallback credit was redeemed, whose amount no response states; the bill may be lower"
        )
    if fields.text(whole, "type") == "message" and _unfinished(whole):
        draft.assume(
            "the message has no stop_reason: it was not finished when these counts were taken, "
            "and what came after is not in them"
        )
    searched = draft.units.get("web_search", 0) + draft.units.get("web_fetch", 0)
    if searched and not draft.requests and draft.counts["input_tokens"] > _TIERED_FROM:
        draft.assume(
            "the prompt is the sum over the rounds of its server tools, whose number is not "
            "stated; a price by prompt size is judged on the sum"
        )


def _unfinished(message: Any) -> bool:
    return fields.named(message, "stop_reason") and not fields.has(message, "stop_reason")


_COUNTS = {
    "input_tokens": "input_tokens + cache_read_input_tokens + cache_creation_input_tokens",
    "cache_read_tokens": "cache_read_input_tokens",
    "cache_write_tokens": "cache_creation_input_tokens",
    "cache_write_1h_tokens": "cache_creation.ephemeral_1h_input_tokens",
    "output_tokens": "output_tokens",
    "reasoning_tokens": "output_tokens_details.thinking_tokens",
}
_TOOLS = {
    "web_search": "server_tool_use.web_search_requests",
    "web_fetch": "server_tool_use.web_fetch_requests",
}
_ITERATION = Api(name="anthropic-iteration", counts=_COUNTS, refine=_split_writes)
MESSAGES = Api(
    name="anthropic-messages",
    marks=tuple(
        f"?{name} & !active_seconds & !list_cost"
        for name in ("cache_creation_input_tokens", "cache_read_input_tokens", "cache_creation")
    ),
    signs={"type": "message"},
    counts=_COUNTS,
    units=_TOOLS,
    watched=True,
    conditions={
        "service_tier": "usage:service_tier",
        "speed": "usage:speed",
        "region": "usage:inference_geo",
    },
    refine=_refine,
)


def _refine_session(draft: Draft) -> None:
    """Read the running totals of a managed agent's session.

    The amount is a whole number of cents in text: https://github.com/anthropics/anthropic-sdk-python
    (2.14.0, `BetaMonetaryAmount`).
    """
    read_speed(draft)
    seconds = fields.amount(draft.usage, "active_seconds") or Decimal(0)
    whole = ceil(seconds)
    if whole != seconds:
        draft.assume(f"{seconds:f} active seconds are billed as {whole:,}")
    draft.units["session_second"] = whole
    cents = fields.amount(draft.usage, "list_cost.amount")
    currency = fields.text(draft.usage, "list_cost.currency")
    if cents is not None and currency in {None, "USD"}:
        draft.stated_cost = cents / 100
    elif cents is not None:
        draft.assume(f"the list cost is in {currency} and stands beside nothing here")
    draft.assume(
        "these are totals over all turns of a session: a price by prompt size is judged on the "
        "sum, and other models of its agents are priced as this one"
    )


_WRITES = "cache_creation.ephemeral_5m_input_tokens + cache_creation.ephemeral_1h_input_tokens"
SESSION = Api(
    name="anthropic-session",
    provider="anthropic",
    marks=("?active_seconds", "?list_cost"),
    counts={
        **_COUNTS,
        "input_tokens": f"input_tokens + cache_read_input_tokens + {_WRITES}",
        "cache_write_tokens": _WRITES,
    },
    units=_TOOLS,
    conditions={"speed": "agent.model.speed", "region": "agent.model.inference_geo"},
    model="agent.model.id",
    created="updated_at|processed_at",
    refine=_refine_session,
)
