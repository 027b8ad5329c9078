from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from costcalc import Registry, Session, SessionEstimate

PRICES = """
provider: acme
name: Acme
source: https://acme.example/prices
checked: 2026-11-01
models:
  small:
    context_window: 30_000
    cache:
      explicit: {min_tokens: 100, ttl: {cache_write: 5m, cache_write_1h: 1h}, refresh_on_read: true}
    prices:
      - {from: 2025-01-01, until: 2025-09-01, input: 4, cache_read: 0.4, cache_write: 5, cache_write_1h: 8, output: 20}
      - {from: 2025-09-01, input: 2, cache_read: 0.2, cache_write: 2.5, cache_write_1h: 4, output: 10}
      - {from: 2027-03-01, input: 1, cache_read: 0.2, cache_write: 1.25, cache_write_1h: 2, output: 10}
  plain: {input: 1, output: 4}
  dear: {input: 100, cache_read: 10, output: 400}
  free: {input: 0, output: 0}
  searching: {input: 1, output: 4, web_search: 5}
  tiny: {input: 0.0000001, output: 0.000001}
  huge: {input: 900_000, output: 900_000}
  storing: {input: 1.25, cache_read: 0.125, output: 10, cache_storage: 4.5,
            cache: {automatic: {min_tokens: 1024}, explicit: {min_tokens: 1024, creation_billed: true}}}
  flat: {input: 1, cache_read: 1, output: 2, cache: {automatic: {}}}
  old:
    retired: 2026-05-15
    redirects_to: small
    prices:
      - {until: 2026-01-01, input: 3, output: 6}
      - {from: 2026-02-01, input: 3, output: 5}
  leaving: {retired: 2027-02-01, prices: [{from: 2026-01-01, input: 1, output: 2, source: the invoice}]}
  voice: {audio_second: 0.36}
"""
YUAN = """
provider: yuan
currency: CNY
models:
  hua: {input: 2, cache_read: 0.2, output: 8}
  plain: {input: 3, output: 9, maker: acme}
"""
AT = "2026-11-20"
Rows = Callable[[Any], list[dict[str, Any]]]
Estimated = Callable[..., SessionEstimate]


@pytest.fixture(scope="session")
def registry() -> Registry:
    return Registry.from_yaml(PRICES).overlay(Registry.from_yaml(YUAN), name="test")


@pytest.fixture(scope="session")
def session(registry: Registry) -> Estimated:
    """A session of four steps, estimated; changes are its fields."""

    def estimated(
        model: str, *, at: str = AT, provider: str | None = None, **changes: Any
    ) -> SessionEstimate:
        usual = {"input_tokens_per_step": 500, "output_tokens_per_step": 100}
        listed = isinstance(changes.get("steps"), list)
        shape: dict[str, Any] = {"steps": 4, "system_tokens": 1_000, **({} if listed else usual)}
        shape.update(changes)
        return Session(model=model, **shape).estimate(at=at, registry=registry, provider=provider)

    return estimated


def _layers(view: Any) -> Iterator[dict[str, Any]]:
    for part in view.get("vconcat", view.get("concat", ())):
        yield from _layers(part)
    for layer in view.get("layer", ()):
        yield {**layer, "panel": view["title"]["text"]}


@pytest.fixture(scope="session")
def layers() -> Rows:
    """Every layer of a specification, with the heading of its panel."""
    return lambda chart: list(_layers(chart.spec))


@pytest.fixture(scope="session")
def rows(layers: Rows) -> Callable[..., list[dict[str, Any]]]:
    """The data of all layers with a mark, in one panel or in all."""

    def found(chart: Any, mark: str, panel: str = "") -> list[dict[str, Any]]:
        return [
            row
            for layer in layers(chart)
            if layer["mark"]["type"] == mark and layer["panel"].startswith(panel)
            for row in layer["data"]["values"]
        ]

    return found
