"""From a response to its usage: find the counts, tell the format, read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from costcalc.errors import UsageError, nearest_names
from costcalc.usage.responses import fields, llamaindex, streams
from costcalc.usage.responses.api import WHOSE
from costcalc.usage.responses.apis import APIS, FRAMEWORKS, PROVIDERS
from costcalc.usage.responses.response_usage import ResponseUsage
from costcalc.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.usage.responses.api import Api

__all__ = ["read_response"]

_EVENTS = {"response.done", "response.completed", "response.incomplete", "response.failed"}
"""Events of a stream or a realtime session that carry the whole response."""
_USAGES = ("usage", "usageMetadata|usage_metadata")
_UNDONE = {"queued", "in_progress"}
"""States of a response in the background, before its usage is known."""
_NOBODYS = "a_field_that_no_response_has"


def read_response(body: Any, provider: str | None = None, api: str | None = None) -> ResponseUsage:
    """Return the usage of a response, or of a usage object alone; `UsageError` where it is none.

    A line of a batch's results, and an event that carries a whole response, are read as what is
    in them, and the events of a stream as the response that they make.
    """
    if isinstance(body, ResponseUsage):
        return body
    for name, hint in (("provider", provider), ("api", api)):
        if hint is not None and not isinstance(hint, str):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
            msg = f"{name} is a name as text, not {type(hint).__name__} {hint!r}"
            raise UsageError(msg, **{name: hint})
    _refuse_mock(body)
    if streams.is_stream(body):
        body = streams.whole(body)
    _refuse_other(body)
    if fields.has(body, "custom_id"):
        _refuse_failed(body)
        inner = fields.value(body, "response.body") or fields.value(body, "result.message")
        if inner is not None:
            return _batched(read_response(inner, provider, api))
    raw = llamaindex.raw_of(body)
    if raw is not None:
        return read_response(raw, provider, api)
    if fields.text(body, "type") in _EVENTS and fields.has(body, "response"):
        body = fields.value(body, "response")
    return _read(body, provider.lower() if provider is not None else None, api)


def _refuse_failed(line: Any) -> None:
    """Refuse a result of a batch that has no response, and costs nothing."""
    status = fields.text(line, "response.status_code")
    result = fields.text(line, "result.type")
    if status not in {None, "200"}:
        how = f"failed with status {status}"
    elif result not in {None, "succeeded"}:
        how = f"is {result}"
    elif fields.has(line, "error"):
        code = fields.text(line, "error.code")
        how = f"failed with {code}" if code else "failed"
    else:
        return
    msg = f"the request {fields.text(line, 'custom_id')} of the batch {how}, and is not billed"
    raise UsageError(msg, status=status or result)


def _batched(usage: ResponseUsage) -> ResponseUsage:
    """Return a usage that ran in a batch, with everything that was done within it."""
    return replace(
        usage,
        conditions={**usage.conditions, "batch": True},
        parts=tuple(map(_batched, usage.parts)),
    )


def _read(body: Any, seller: str | None, api: str | None) -> ResponseUsage:
    """Read a response as the format that it fits, or that a hint leaves."""
    candidates = _candidates(seller, api)
    hinted = seller is not None or api is not None
    # a framework's shape says what it is, whoever the provider is
    told = (*FRAMEWORKS, *candidates) if seller and api is None else candidates
    usages = {path: _usage(body, path) for path in dict.fromkeys(each.usage for each in told)}
    for any_shape in (False, True)[: 1 + hinted]:
        for each in candidates if any_shape else told:
            usage = usages[each.usage]
            if usage is not None and _is(each, body, usage, any_shape=any_shape):
                return each.read(body, usage, seller)
    null = [path for path, usage in usages.items() if usage is None]
    raise UsageError(_unknown(body, null), body=type(body).__name__, unclear=not null)


def _usage(body: Any, path: str) -> Any:
    """Return the usage object of a response, itself where it is one; None where it is null."""
    found = fields.value(body, path)
    if found is None and not fields.named(body, path):
        return body
    _refuse_mock(found)
    size = getattr(found, "ByteSize", None)  # a protobuf message that was never set counts zeros
    return None if size is not None and size() == 0 else found


def _is(each: Api, body: Any, usage: Any, *, any_shape: bool) -> bool:
    """Return whether a format counts something in a usage that fits it, or that it is hinted at."""
    return (any_shape or each.fits(body, usage)) and (each.counted(usage) or each.marked(usage))


def _refuse_other(body: Any) -> None:
    """Refuse what can be no response; text and lists have a remedy."""
    hint = ""
    if isinstance(body, str | bytes):
        lines = body if isinstance(body, str) else body.decode(errors="replace")
        events = lines.lstrip().startswith(("data:", "event:", ":"))
        how = "pass its lines, body.splitlines()" if events else "parse it first, with json.loads"
        hint = f"; {how}"
    elif isinstance(body, Usage):
        hint = "; it is one already: price it with costcalc.price(model, usage)"
    elif body is not None and not isinstance(body, int | float):
        return
    msg = f"a response is a mapping or an SDK's object, not {type(body).__name__}{hint}"
    raise UsageError(msg, body=body)


def _refuse_mock(node: Any) -> None:
    """Refuse an object that has every field, since nothing it says is a count."""
    if not isinstance(node, Mapping) and hasattr(node, _NOBODYS):
        msg = (
            f"a {type(node).__name__} answers to every name, so no count of it can be told from an "
            "invention; use a dict, or the SDK's own type"
        )
        raise UsageError(msg, body=type(node).__name__)


def _candidates(provider: str | None, api: str | None) -> tuple[Api, ...]:
    """Return the formats that a hint leaves."""
    spoken = APIS if provider is None else PROVIDERS.get(provider, PROVIDERS[None])
    if api is None:
        return spoken
    found = tuple(each for each in spoken if each.name.partition("-")[2] == api)
    if provider is not None and found:
        return found
    for name in (f"{provider}-{api}", api):
        for each in (*spoken, *APIS):
            if each.name == name and (each in spoken or each.provider in {provider, None}):
                return (each,)
    if found:
        return found
    names = [each.name for each in APIS]
    near = nearest_names(api, names)
    hint = f"nearest: {', '.join(near)}" if near else f"known: {', '.join(names)}"
    whose = f" of {provider}" if provider is not None else ""
    raise UsageError(f"api {api!r} is no format{whose} that can be read; {hint}", api=api)


def _unknown(body: Any, null: list[str]) -> str:
    """Say what was found instead of a usage that can be read, and what to do."""
    if null:
        status = fields.text(body, "status")
        if status in _UNDONE:
            return f"the response is {status} and states no usage yet; read it when it is done"
        return (
            f"the {null[0].partition('|')[0]} of the response is null, which is unknown and not "
            "zero; the chunks of a stream have it in the last one, with "
            "stream_options={'include_usage': True} in the request"
        )
    keys = _names(body) if isinstance(body, Mapping) else type(body).__name__
    inner = fields.value(body, "usage")
    if isinstance(inner, Mapping) and inner and all(each is None for each in inner.values()):
        return f"{_names(inner)} of the usage are null, which is unknown and not zero"
    within = f", whose usage has {_names(inner)}" if isinstance(inner, Mapping) else ""
    counts = inner if isinstance(inner, Mapping) else body
    wrong = fields.faults(counts) if isinstance(counts, Mapping) else []
    if wrong:
        return wrong[0]
    alike = _alike(body)
    remedy = f"pass its {alike} alone, " if alike else ""
    return f"no usage of a known format is in a response of {keys}{within}; {remedy}{WHOSE}"


def _alike(body: Any) -> str | None:
    """Return the field of a response that counts tokens itself, or that is a whole response."""
    for key, each in body.items() if isinstance(body, Mapping) else ():
        if key == "usage" or not isinstance(each, Mapping):
            continue
        if "token" in _names(each) or any(fields.has(each, path) for path in _USAGES):
            return str(key)
    return None


def _names(node: Mapping[Any, Any]) -> str:
    return ", ".join(str(key) for key in list(node)[:8]) or "nothing"
