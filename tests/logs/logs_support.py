from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PRICES = """
provider: acme
name: Acme
source: https://acme.example/prices
checked: 2099-01-01
fees: {web_search: 10}
rules:
  - {if: {service_tier: fast}, times: 2}
  - {if: {batch: true}, times: 0.5}
models:
  plain: {input: 3, cache_read: 0.3, cache_write: 3.75, cache_write_1h: 6, output: 15}
  dated:
    prices:
      - {from: 2026-01-01, input: 4, cache_read: 0.4, output: 20}
      - {from: 2026-09-01T10:30:00Z, input: 2, cache_read: 0.2, output: 10}
  tiered:
    input: 1
    output: 5
    rules: [{if: {prompt_tokens: ">100k"}, times: 5}]
  toll: {input: 1, output: 2, request: 5}
  voice: {input: 1, output: 2, audio_second: 0.36, container_second: 0.05}
  sold_out:
    retired: 2026-06-01
    input: 1
    output: 2
---
provider: yuan
currency: CNY
models:
  hua: {input: 2, output: 8}
"""


def claude_line(
    message: str | None = "msg_1",
    request: str | None = "req_1",
    *,
    model: str | None = "plain",
    at: str | None = "2026-09-01T10:00:00.000Z",
    session: str = "s1",
    side: bool = False,
    more: dict[str, Any] | None = None,
    **usage: Any,
) -> dict[str, Any]:
    """Return a line of Claude Code's logs; keywords are its usage."""
    counts = {"input_tokens": 1000, "output_tokens": 100, **usage}
    return {
        "parentUuid": None, "isSidechain": side, "sessionId": session, "type": "assistant",
        "timestamp": at, "requestId": request,
        "message": {"id": message, "type": "message", "model": model, "content": [], "usage": counts},
        **(more or {}),
    }  # fmt: skip


def write(path: Path, *rows: Any, separators: tuple[str, str] = (",", ":")) -> Path:
    """Write rows as lines of JSON; text and bytes stand as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = bytearray()
    for row in rows:
        if isinstance(row, bytes):
            data += row
        else:
            data += json.dumps(row, separators=separators).encode() + b"\n"
    path.write_bytes(bytes(data))
    return path
