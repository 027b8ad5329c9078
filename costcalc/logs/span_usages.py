"""Usages of spans, by the conventions of OpenTelemetry and of OpenInference.

https://opentelemetry.io/docs/specs/semconv/gen-ai/ and its legacy names of before 1.37;
https://arize-ai.github.io/openinference/spec/attributes/semantic-conventions.html. Both count
inclusively: cached tokens are parts of the input, reasoning is one of the output.
"""

from __future__ import annotations

from costcalc.errors import UsageError
from costcalc.logs.entries import disjoint
from costcalc.logs.faults import fault_of
from costcalc.logs.spans import add_call
from costcalc.usage.responses import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal
    from typing import Any

    from costcalc.logs.calls import Call
    from costcalc.logs.entries import Counts, Entries
    from costcalc.logs.spans import Span

__all__ = ["add_span"]

_INFERENCE = frozenset(
    {"chat", "text_completion", "generate_content", "embeddings", "completion", "embedding"}
)
"""Operations that are calls of a model; agents and workflows repeat what is within them."""
_KINDS = frozenset({"LLM", "EMBEDDING"})
_GEN_AI = {
    "input": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
    "output": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
    "read": ("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"),
    "written": (
        "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens",
    ),
    "reasoning": ("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens"),
    "total": ("gen_ai.usage.total_tokens", "llm.usage.total_tokens"),
}  # fmt: skip
_COUNT = "llm.token_count"
_OPENINFERENCE = {
    "input": (f"{_COUNT}.prompt",),
    "output": (f"{_COUNT}.completion",),
    "read": (f"{_COUNT}.prompt_details.cache_read",),
    "written": (f"{_COUNT}.prompt_details.cache_write",),
    "reasoning": (f"{_COUNT}.completion_details.reasoning",),
    "total": (f"{_COUNT}.total",),
    "heard": (f"{_COUNT}.prompt_details.audio",),
    "spoken": (f"{_COUNT}.completion_details.audio",),
}
_MODELS = (
    "gen_ai.response.model", "llm.response.model_name", "llm.model_name", "embedding.model_name",
    "gen_ai.request.model",
)  # fmt: skip
_PROVIDERS = ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system")
_SESSIONS = ("gen_ai.conversation.id", "session.id")
_TIERS = ("openai.response.service_tier", "gen_ai.openai.response.service_tier")
_TIER_NAMES = {"fast": "priority"}
_EXCLUSIVE = (
    "a span counts more cached tokens than input tokens, so its input is taken without them"
)


def _of(attributes: dict[str, Any], names: tuple[str, ...]) -> Any:
    """Return the first attribute there is."""
    return next((attributes[name] for name in names if attributes.get(name) is not None), None)


def _text(attributes: dict[str, Any], names: tuple[str, ...]) -> str | None:
    found = _of(attributes, names)
    return None if found is None or found == "" else str(found)


def add_span(entries: Entries, number: int, span: Span) -> None:
    """Add the call of a span, if it is one."""
    attributes = span.attributes
    kind = attributes.get("openinference.span.kind")
    if kind is not None:
        found = _OPENINFERENCE if str(kind).upper() in _KINDS else None
    else:
        operation = _text(attributes, ("gen_ai.operation.name",))
        found = _GEN_AI if operation is None or operation in _INFERENCE else None
    if found is None or _of(attributes, (*found["input"], *found["output"])) is None:
        return
    tier = _text(attributes, _TIERS)
    known: dict[str, Any] = {
        "model": _text(attributes, _MODELS) or "", "provider": _text(attributes, _PROVIDERS),
        "at": span.at, "session": _text(attributes, _SESSIONS) or span.trace,
        "project": span.service, "id": _text(attributes, ("gen_ai.response.id",)),
    }  # fmt: skip
    call: Call
    try:
        counts = _counts(attributes, found, entries)
        if not any(counts):
            return
        call = entries.call(
            number, counts, **known, stated=_stated(attributes),
            conditions={"service_tier": _TIER_NAMES.get(tier, tier)} if tier else {},
        )  # fmt: skip
    except UsageError as error:
        call = fault_of(
            entries.file, number, error, entries.calls, format=entries.format, **known
        )  # fmt: skip
    add_call(entries.calls, span, call)


def _counts(
    attributes: dict[str, Any], names: dict[str, tuple[str, ...]], entries: Entries
) -> Counts:
    counted = {
        name: fields.count({name: _number(_of(attributes, spellings))}, name)
        for name, spellings in names.items()
    }
    prompt, output, total = counted["input"], counted["output"], counted["total"]
    cached = counted["read"] + counted["written"]
    if cached > prompt:  # conventions say inclusive, and some instrumentations are not
        entries.calls.note("cached_beside", _EXCLUSIVE)
        prompt += cached
    elif total and total != prompt + output:
        msg = f"its total is {total:,} tokens, and input and output are {prompt + output:,}"
        raise UsageError(msg, total=total)
    return disjoint(
        input_tokens=prompt, cache_read=counted["read"], cache_write=counted["written"],
        output_tokens=output, reasoning=counted["reasoning"],
        input_audio=counted.get("heard", 0), output_audio=counted.get("spoken", 0),
    )  # fmt: skip


def _number(found: Any) -> Any:
    """Return a count without a point: tables of spans write whole numbers as 12.0."""
    return found.removesuffix(".0") if isinstance(found, str) else found


def _stated(attributes: dict[str, Any]) -> Decimal | None:
    """Return the cost that an instrumentation worked out, in US dollars."""
    currency = attributes.get("gen_ai.usage.cost.currency", "USD")
    names = ("gen_ai.usage.cost.amount", "gen_ai.usage.cost", "llm.cost.total")
    cost = {"cost": _of(attributes, names)}
    return fields.amount(cost, "cost") if currency == "USD" else None
