"""The reader of litellm: its JSON map of one row a model, with prices of a single token.

The list has today's prices only. It writes 0 for unknown as well as for free, so a zero is no
rate here. Its DeepSeek rows have the peak price as the base with an off-peak override; the other
lists have it the other way round, so the reader turns it: the off-peak price is the standard one.
"""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from costcalc.refresh.documents import (
    as_array,
    as_number,
    as_object,
    json_object,
    reading,
    text_of,
    whole,
)
from costcalc.refresh.listing import Facts, Listing
from costcalc.refresh.litellm_keys import parse_key, threshold
from costcalc.refresh.litellm_windows import peak_conditions
from costcalc.refresh.numbers import plain, scaled, tidy
from costcalc.refresh.providers import our_provider, without_gateway

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    from costcalc.refresh.documents import Json
    from costcalc.refresh.listing import Condition

    Row = Mapping[str, Json]
    Items = tuple[tuple[str, Condition], ...]
    Groups = dict[Items, dict[str, Decimal]]

__all__ = ["NAME", "read"]

NAME: Final = "litellm"
"""The list's name in results."""

_SIZES: Final = "search_context_size_"
_SPECIMEN: Final = "sample_spec"
_REMARKS: Final = ("comment", "metadata", "search_free_requests", "web_search_billing_unit")

_UPLIFTS: Final[dict[str, tuple[str, Condition]]] = {
    "regional_processing_uplift_multiplier_us": ("region", "us"),
    "regional_processing_uplift_multiplier_eu": ("region", "eu"),
    "regional_endpoint_uplift_multiplier": ("endpoint", "regional"),
    "us": ("region", "us"),
    "fast": ("service_tier", "fast"),
}
"""Factors on every rate of a row, of the row itself or of its `provider_specific_entry`."""


def read(path: str | os.PathLike[str]) -> tuple[Listing, ...]:
    """Return what a litellm wheel, or its price map, states.

    Raises `RegistryError`, with file and key, where it is not such a list.
    """
    with reading(path):
        rows = json_object(text_of(path, "model_prices_and_context_window_backup.json"))
        return tuple(
            listing
            for key, value in rows.items()
            if key != _SPECIMEN
            for listing in _row(key, as_object(value, key))
        )


def _row(key: str, row: Row) -> Iterator[Listing]:
    listed = row.get("litellm_provider")
    if not isinstance(listed, str):
        return  # the map's own rules about ids, not a model
    provider = our_provider(listed, key)
    mode = row.get("mode")
    base = Listing(
        list_name=NAME,
        provider=provider,
        model=without_gateway(key, listed),
        listed_as=key,
        facts=_facts(row),
        sources=tuple(each for each in (row.get("source"),) if isinstance(each, str)),
        comments=tuple(_remark(name, row[name]) for name in _REMARKS if name in row),
    )
    reader = _RowReader(base, mode if isinstance(mode, str) else None)
    yield from reader.listings(row)
    yield from _uplifts(base, row)


def _facts(row: Row) -> Facts:
    mode, gone = row.get("mode"), row.get("deprecation_date")
    return Facts(
        mode=mode if isinstance(mode, str) else None,
        context_window=whole(row.get("max_input_tokens")),
        max_output=whole(row.get("max_output_tokens")),
        min_cache_tokens=whole(row.get("prompt_cache_min_tokens")),
        deprecation=gone if isinstance(gone, str) else None,
    )


def _remark(name: str, value: Json) -> str:
    said = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return f"{name}: {said}"


def _uplifts(base: Listing, row: Row) -> Iterator[Listing]:
    own = row.get("provider_specific_entry")
    for name, value in {**row, **(own if isinstance(own, dict) else {})}.items():
        if name in _UPLIFTS:
            key, said = _UPLIFTS[name]
            yield replace(base, conditions={key: said}, times=tidy(as_number(value, name)))


class _RowReader:
    """The prices of one row, gathered by their conditions."""

    def __init__(self, base: Listing, mode: str | None) -> None:
        self._base = base
        self._mode = mode
        self._rates: Groups = {(): {}}
        self._zeros: dict[Items, list[str]] = {}
        self._unmapped: dict[str, str] = {}

    def listings(self, row: Row) -> Iterator[Listing]:
        """Yield the standard price first, then one listing for each set of conditions."""
        for name, value in row.items():
            self._take(name, value)
        off_peak = row.get("off_peak_pricing")
        if off_peak is not None:
            self._turn(as_object(off_peak, f"{self._base.listed_as}.off_peak_pricing"))
        for items in dict.fromkeys((*self._rates, *self._zeros)):
            yield replace(
                self._base,
                conditions=dict(items),
                rates=self._rates.get(items, {}),
                zeros=tuple(self._zeros.get(items, ())),
                unmapped={} if items else self._unmapped,
            )

    def _take(self, name: str, value: Json) -> None:
        if name == "search_context_cost_per_query":
            self._search(as_object(value, name))
        elif name == "tiered_pricing":
            for each in as_array(value, name):
                self._tier(as_object(each, name))
        elif isinstance(value, int | Decimal) and not isinstance(value, bool):
            self._price(name, Decimal(value), ())
        elif isinstance(value, dict) and "cost" in name:
            self._unmapped[name] = json.dumps(value, default=str)

    def _price(self, name: str, value: Decimal, extra: Items) -> None:
        key = parse_key(name, provider=self._base.provider, mode=self._mode)
        if key is not None:
            self._put(key.meter, scaled(value, key.factor), (*extra, *key.conditions.items()))
        elif "cost" in name:
            self._unmapped[name] = plain(value)

    def _put(self, meter: str, rate: Decimal, items: Items) -> None:
        if rate:
            self._rates.setdefault(items, {})[meter] = rate
        else:
            self._zeros.setdefault(items, []).append(meter)

    def _search(self, sizes: Mapping[str, Json]) -> None:
        """Take the fee of a search, which may depend on how much context it returns."""
        # Perplexity's own chat models charge it on each request, whether they search or not.
        meter = "request" if self._base.provider == "perplexity" else "web_search"
        fees = {
            size.removeprefix(_SIZES): scaled(as_number(fee, size), 1000)
            for size, fee in sizes.items()
        }
        if len(set(fees.values())) == 1:
            self._put(meter, next(iter(fees.values())), ())
        else:
            for size, fee in fees.items():
                self._put(meter, fee, (("search_context_size", size),))

    def _tier(self, tier: Mapping[str, Json]) -> None:
        """Take one band of a row whose prices depend on the length of the input or the results."""
        extra: Items = ()
        for name, value in tier.items():
            if not name.endswith("range"):
                continue
            low, high = (as_number(each, name) for each in as_array(value, name))
            if name == "max_results_range":
                extra = (("max_results", f"{plain(low)}-{plain(high)}"),)
            elif low:
                above = f"{plain(low / 1000)}k"
                extra = (("prompt_tokens", threshold(self._base.provider, above)),)
        for name, value in tier.items():
            if isinstance(value, int | Decimal):
                self._price(name, Decimal(value), extra)

    def _turn(self, off_peak: Mapping[str, Json]) -> None:
        """Make the off-peak prices the standard ones, and the row's own those of peak hours."""
        standard = self._rates[()]
        self._rates[()] = dict(standard)
        peak: dict[str, Decimal] = {}
        for name, value in off_peak.items():
            key = parse_key(name, provider=self._base.provider, mode=self._mode)
            if key is not None and key.meter in standard:
                peak[key.meter] = standard[key.meter]
                self._put(key.meter, scaled(as_number(value, name), key.factor), ())
        for conditions in peak_conditions(off_peak.get("windows")):
            self._rates[tuple(conditions.items())] = peak
