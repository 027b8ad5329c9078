"""What a line of Claude Code's logs may hold, for msgspec, which reads nothing else of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from costcalc.usage.usage import MAX_COUNT

__all__ = ["Line", "Unusual", "Usage", "decode"]

_Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT // 4)] | None  # the sum of four is a count


class Split(msgspec.Struct, gc=False):
    """Tokens written to the cache, by the life of what was written."""

    ephemeral_5m_input_tokens: _Count = None
    ephemeral_1h_input_tokens: _Count = None


class ServerTools(msgspec.Struct, gc=False):
    """Calls of tools that run at Anthropic and have fees."""

    web_search_requests: _Count = None


class Details(msgspec.Struct, gc=False):
    """Parts of the output."""

    thinking_tokens: _Count = None


class Iteration(msgspec.Struct, gc=False):
    """A call within the call."""

    type: str | None = None


class Usage(msgspec.Struct, gc=False):
    """The counts of a call; they exclude each other."""

    input_tokens: _Count = None
    output_tokens: _Count = None
    cache_creation_input_tokens: _Count = None
    cache_read_input_tokens: _Count = None
    cache_creation: Split | None = None
    server_tool_use: ServerTools | None = None
    output_tokens_details: Details | None = None
    iterations: list[Iteration] | None = None
    # of a Literal every line has the same object
    service_tier: Literal["standard", "priority", "batch"] | None = None
    inference_geo: Literal["not_available", "global", "us", ""] | None = None
    speed: Literal["standard", "fast"] | None = None


class Message(msgspec.Struct, gc=False):
    """A message: the reply of a call where it has a usage."""

    id: str | None = None
    model: str | None = None
    usage: Usage | None = None


class Line(msgspec.Struct, gc=False):
    """A line."""

    message: Message | None = None
    timestamp: str | None = None
    session: str | None = msgspec.field(default=None, name="sessionId")
    request: str | None = msgspec.field(default=None, name="requestId")
    side: bool | None = msgspec.field(default=None, name="isSidechain")
    stated: Decimal | None = msgspec.field(default=None, name="costUSD")
    cwd: str | None = None
    data: msgspec.Raw | None = None


decode = msgspec.json.Decoder(Line).decode
"""Returns a line; raises `Unusual` for one that is none of the usual shape."""
Unusual = msgspec.MsgspecError
