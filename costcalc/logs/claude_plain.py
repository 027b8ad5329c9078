"""Lines of Claude Code's logs without msgspec: the same fields, by Python's own decoder."""

from __future__ import annotations

import json

from costcalc.usage.usage import MAX_COUNT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Unusual", "decode"]

Unusual = ValueError
_KINDS: dict[str, type] = {
    **dict.fromkeys(("message", "usage", "cache_creation", "server_tool_use"), dict),
    **dict.fromkeys(("output_tokens_details", "data"), dict),
    **dict.fromkeys(("id", "model", "timestamp", "sessionId", "requestId", "type"), str),
    **dict.fromkeys(("service_tier", "inference_geo", "speed", "cwd"), str),
    "iterations": list,
    "isSidechain": bool,
}
"""What fields are; all others are counts."""
_NAMES = {"session": "sessionId", "request": "requestId", "side": "isSidechain"}


class _Fields:
    """An object of JSON whose fields are attributes; `ValueError` for one of an unusual kind."""

    __slots__ = ("_found",)

    def __init__(self, found: dict[str, Any]) -> None:
        self._found = found

    def __getattr__(self, name: str) -> Any:
        if name == "stated":
            return self._found.get("costUSD")
        name = _NAMES.get(name, name)
        found = self._found.get(name)
        if found is None:
            return None
        kind = _KINDS.get(name, int)
        _expect(name, found, kind)
        if name == "data":
            return json.dumps(found).encode()
        if kind is list:
            for each in found:
                _expect(name, each, dict)
            return [_Fields(each) for each in found]
        return _Fields(found) if kind is dict else found


def _expect(name: str, found: Any, kind: type) -> None:
    """Refuse what is of another kind, and numbers that are no counts."""
    if type(found) is not kind or (kind is int and not 0 <= found <= MAX_COUNT // 4):
        msg = f"{name} is {found!r}"
        raise ValueError(msg)


def decode(line: bytes) -> Any:
    """Return a line; raises `Unusual` for one that is no object."""
    found = json.loads(line)
    _expect("a line", found, dict)
    return _Fields(found)
