"""Streams: the events of one response, joined into what the response would have said.

Usage in a stream is a running total: the last one is taken, and none is added to another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from json import loads

from costcalc.errors import UsageError
from costcalc.usage.responses import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["is_stream", "whole"]

_ENDS = {"response.completed", "response.incomplete", "response.failed", "response.done"}
"""Events of OpenAI's responses that carry the whole response."""
_USAGE = "usage|usageMetadata|usage_metadata|totalUsage"
_NO_EVENT = ("event:", "id:", "retry:", ":")
"""Lines of server-sent events that carry none."""
_ASK = "ask for it in the request: stream_options={'include_usage': True} for chat completions"


def is_stream(body: Any) -> bool:
    """Return whether something is the events of a stream: a list, an iterator, an SDK's stream.

    Objects of SDKs that can be iterated over by field are no streams. An asynchronous one is, and
    refused when it is read.
    """
    if isinstance(body, list | tuple) or hasattr(type(body), "__next__"):
        return True
    if isinstance(body, Mapping):
        return is_stream(body.get("stream"))  # what converse_stream returns
    return hasattr(type(body), "__anext__") or type(body).__name__ == "EventStream"  # botocore's


def whole(body: Any) -> Any:
    """Return the response that the events make, or the event that carries it.

    Raises `UsageError` where none states its usage, and where they are not of one response.
    """
    events = [event for each in _events(body) if (event := _unwrapped(each)) is not None]
    for join in (_anthropic, _ended, _converse, _langchain, _steps):
        found = join(events)
        if found is not None:
            return found
    return _chunks(events)


def _events(body: Any) -> list[Any]:
    source = body["stream"] if isinstance(body, Mapping) else body
    if not hasattr(source, "__iter__"):
        msg = "an asynchronous stream is read by its events: [event async for event in stream]"
        raise UsageError(msg, body=type(source).__name__)
    events: list[Any] = list(source)
    if events and isinstance(events[-1], tuple):  # xAI's SDK: the response so far, and its chunk
        return list(events[-1][:1])
    return events


def _unwrapped(event: Any) -> Any:
    """Return an event without what SDKs and the wire put around it; None for what is no event."""
    payload = fields.value(event, "chunk.bytes")  # InvokeModelWithResponseStream
    text = event if payload is None else payload
    if isinstance(text, str | bytes):
        return _parsed(text)
    if fields.text(event, "type") == "chunk":  # the helper of OpenAI's SDK
        return fields.value(event, "chunk")
    data = fields.value(event, "data")  # Mistral's SDK
    return event if data is None or isinstance(data, str | bytes) else data


def _parsed(text: str | bytes) -> Any:
    """Return the event in a line of a stream: JSON, or a server-sent event."""
    try:
        line = (text.decode() if isinstance(text, bytes) else text).strip()
        if line.startswith(_NO_EVENT):
            return None
        line = line.removeprefix("data:").strip()
        return None if line in {"", "[DONE]"} else loads(line)
    except ValueError:
        msg = f"{text[:40]!r} in the stream is text and no JSON; parse the events first"
        raise UsageError(msg, event=text) from None


def _anthropic(events: list[Any]) -> Any:
    """Join the start of a message with its deltas, whose counts are of the whole message.

    Old versions state only output in a delta: what it leaves out stands as it began.
    """
    starts = [each for each in events if fields.text(each, "type") == "message_start"]
    deltas = [each for each in events if fields.text(each, "type") == "message_delta"]
    if not starts and not deltas:
        return None
    _one(starts, "messages")
    message = fields.value(starts[0], "message") if starts else None
    told = [message, *deltas] if message is not None else deltas
    joined = _Joined([message, *(fields.value(each, "delta") for each in deltas)])
    usage = _Joined([fields.value(each, "usage") for each in told])
    own: dict[str, Any] = {"type": "message", "usage": usage}
    if message is not None and fields.named(message, "stop_reason"):  # null in one that was cut
        own["stop_reason"] = joined.get("stop_reason")
    return _Joined([message], own)


def _ended(events: list[Any]) -> Any:
    """Return the event at the end that carries the whole response."""
    ends = [
        each
        for each in events
        if fields.text(each, "type") in _ENDS and fields.has(each, "response.usage")
    ]
    if ends:
        _one(ends, "responses")
        return fields.value(ends[0], "response")
    for path in ("delta.usage", "response.meta", "interaction.usage"):  # Cohere's two, Gemini's
        last = [each for each in events if fields.has(each, path)]
        if last:
            return fields.value(last[-1], path.partition(".")[0])
    return None


def _converse(events: list[Any]) -> Any:
    """Return the metadata at the end of Bedrock's stream."""
    found = [each for each in events if fields.has(each, "metadata.usage.inputTokens")]
    if not found:
        return None
    _one(found, "responses")
    return fields.value(found[0], "metadata")


def _langchain(events: list[Any]) -> Any:
    """Add the chunks of a LangChain message up: their counts, unlike all others', are of each."""
    chunks = [each for each in events if fields.text(each, "type") == "AIMessageChunk"]
    if not chunks:
        return None
    usage: dict[str, Any] = {}
    meta: dict[str, Any] = {}
    for each in chunks:
        _add(usage, fields.entries(each, "usage_metadata"))
        meta.update(fields.entries(each, "response_metadata"))
    if not usage:
        raise UsageError(_silent(events), events=len(events))
    return {"type": "ai", "usage_metadata": usage, "response_metadata": meta}


def _add(totals: dict[str, Any], counts: Mapping[str, Any]) -> None:
    """Add counts to totals, those of the details by name."""
    for name, found in counts.items():
        if isinstance(found, Mapping):
            inner = totals.get(name)
            totals[name] = inner if isinstance(inner, dict) else {}
            _add(totals[name], found)
        elif found is not None and not isinstance(totals.get(name), dict):
            totals[name] = totals.get(name, 0) + fields.count({"count": found}, "count")


def _steps(events: list[Any]) -> Any:
    """Return the steps of a stream of the AI SDK, as a result has them."""
    steps = [
        each
        for each in events
        if fields.text(each, "type") == "finish-step" and fields.has(each, "usage")
    ]
    if not steps:
        return None
    return _Joined([steps[-1]], {"steps": steps})


def _chunks(events: list[Any]) -> Any:
    """Join chunks of OpenAI's shape, or of Gemini's; the last usage is that of the response."""
    told = [each for each in events if fields.has(each, _USAGE) or fields.has(each, "x_groq.usage")]
    if not told:
        raise UsageError(_silent(events), events=len(events))
    _refuse_several(told)
    kind = (fields.text(told[-1], "object") or "").removesuffix(".chunk")
    own: dict[str, Any] = {"object": kind} if kind else {}
    candidates = [found for each in events for found in fields.items(each, "candidates")]
    if candidates:
        own["candidates"] = candidates
    if not any(fields.has(each, _USAGE) for each in told):  # Groq's older streams
        own["usage"] = fields.value(told[-1], "x_groq.usage")
    return _Joined(events, own)


def _refuse_several(told: list[Any]) -> None:
    """Refuse what states the usage of several responses: the last would stand for all of them."""
    ids = {fields.text(each, "id|responseId|response_id") for each in told} - {None}
    live = [each for each in told if fields.has(each, f"{_USAGE}.{_LIVE}")]
    whole = [each for each in told if not ids and not _is_chunk(each)]
    several = max(len(ids), len(live), len(whole))
    if several > 1:
        msg = f"the list holds {several} responses and is no stream of one; read them one by one"
        raise UsageError(msg, responses=several)


def _is_chunk(event: Any) -> bool:
    """Return whether an event is a part of a response, though it has no id."""
    kind = fields.text(event, "object") or ""
    return kind.endswith(".chunk") or fields.has(event, f"{_USAGE}.{_GEMINI}")


_LIVE = "responseTokenCount|response_token_count"
_GEMINI = "promptTokenCount|prompt_token_count"


def _one(found: list[Any], what: str) -> None:
    if len(found) > 1:
        msg = f"the list holds {len(found)} {what} and is no stream of one; read them one by one"
        raise UsageError(msg, responses=len(found))


def _silent(events: list[Any]) -> str:
    """Say that nothing in a stream states its usage, and how to have it stated."""
    if not events:
        return "the stream has no events left, so nothing states its usage; keep them in a list"
    return f"none of the {len(events):,} events of the stream states its usage; {_ASK}"


class _Joined(Mapping[str, object]):
    """What several events say together: of each name, the last that is not null."""

    def __init__(self, events: list[Any], own: Mapping[str, Any] | None = None) -> None:
        self._own = own or {}
        self._events = [each for each in events if each is not None]

    def __getitem__(self, name: str) -> Any:
        if name in self._own:
            return self._own[name]
        found = (fields.value(each, name) for each in reversed(self._events))
        value = next((each for each in found if each is not None), None)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        names = [*self._own]
        for each in self._events:
            names += each if isinstance(each, Mapping) else getattr(each, "__dict__", ())
        return iter([name for name in dict.fromkeys(names) if name in self])

    def __len__(self) -> int:
        return len(list(iter(self)))
