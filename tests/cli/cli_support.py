from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from typer.testing import CliRunner

from costcalc.cli.app import app

PRICES = """
provider: acme
name: Acme
source: https://acme.example/prices
checked: 2099-01-01
fees: {web_search: 5}
rules:
  - {if: {region: us}, times: 1.1}
  - {if: {batch: true}, times: 0.5}
  - {if: {service_tier: priority, batch: true}, offered: false}
  - {if: {service_tier: priority}, times: 2}
cache:
  automatic: {min_tokens: 1024, increment: 128, caches_output: false, refresh_on_read: true}
  explicit: {max_breakpoints: 4, ttl: {cache_write: 5m, cache_write_1h: 1h},
             refresh_on_read: false, creation_billed: unknown}
models:
  small:
    name: Acme Small
    aliases: [tiny]
    context_window: 256_000
    max_output: 8_192
    tokenizer: o200k_base
    media: gpt-4o
    output_tokens_per_second: 92
    note: a note on small
    prices:
      - {from: 2025-01-01, input: 0.40, cache_read: 0.04, output: 3}
      - {from: 2025-09-01, input: 0.20, cache_read: 0.02, output: 1.50, note: halved}
      - {from: 2098-01-01, input: 0.10, cache_read: 0.02, output: 1.50}
  big: {input: 3, cache_read: 0.3, output: 15, rules: [{if: {prompt_tokens: ">200k"}, times: 2}]}
  free: {input: 0, output: 0, context_window: 999}
  replies: {input: 1, output: 2, cache: {automatic: {caches_output: true}}}
  old:
    retired: 2026-01-01
    redirects_to: small
    input: 1
    output: 2
  gone:
    retired: 2026-01-01
    replacement: big
    input: 1
    output: 2
  leaving: {retired: 2098-01-01, input: 1, output: 2}
  dead: {retired: 2026-01-01, input: 1, output: 2}
  soon: {prices: [{from: 2098-05-05T12:30:00Z, input: 1, output: 2}]}
  ended: {prices: [{until: 2024-01-01, input: 1, output: 2}]}
  gaps:
    prices:
      - {until: 2025-01-01, input: 2, output: 4}
      - {from: 2025-06-01, until: 2025-09-01, input: 1, output: 4.1}
      - {from: 2026-01-01, until: 2026-02-01, input: 3, output: 4}
  voice: {audio_second: 0.36}
  shared: {input: 7, output: 9}
  steady:
    prices:
      - {from: 2025-01-01, input: 1, output: 2}
      - {from: 2025-02-01, input: 1, output: 2, cache_write: 2}
  toll: {input: 1, output: 2, request: 5}
"""
OTHERS = """
provider: yuan
currency: CNY
models:
  hua: {input: 2, output: 8}
  shared: {input: 5, output: 6, maker: acme}
---
provider: bare
models:
  acme-small-hosted: {input: 1, output: 2, maker: acme}
"""


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        return json.loads(self.err.splitlines()[-1])["error"]


class Cli:
    """Runs command lines in this process; what escapes as an exception fails the test."""

    def __init__(self) -> None:
        self._runner = CliRunner()

    def __call__(
        self, *args: str, env: dict[str, str] | None = None, stdin: str | bytes | None = None
    ) -> Ended:
        result = self._runner.invoke(app, list(args), input=stdin, env=env, prog_name="costcalc")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ended(result.exit_code, result.stdout, result.stderr)

    def ok(self, *args: str, env: dict[str, str] | None = None) -> str:
        ended = self(*args, env=env)
        assert (ended.code, ended.err) == (0, ""), ended
        return ended.out

    def json(self, *args: str) -> Any:
        return json.loads(self.ok(*args, "--json"))

    def fails(self, code: int, *args: str) -> str:
        ended = self(*args)
        assert ended.code == code, ended
        assert ended.out == "", ended
        assert ended.err.startswith("costcalc: "), ended
        return ended.err.removeprefix("costcalc: ").strip()
