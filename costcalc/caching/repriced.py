"""A usage as if a share of its input had been read from a cache, and what speaks against that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from costcalc.billing.cost import Assumption, Cost
from costcalc.billing.price import price
from costcalc.caching.policy import CachePolicy, cache_policy
from costcalc.digits import percent
from costcalc.money import EXACT
from costcalc.usage.usage import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.registry.cards import RateCard
    from costcalc.registry.registry import Registry

__all__ = ["Repriced", "rounded", "with_hit_ratio"]

_WRITES = ("cache_write_1h_tokens", "cache_write_12h_tokens")


class Repriced:
    """A usage under one model and its terms, for any number of ratios."""

    def __init__(
        self,
        name: str,
        terms: Mapping[str, Any],
        registry: Registry,
        usage: Usage,
        *,
        writes: bool = False,
    ) -> None:
        self._name, self._terms, self._registry, self._usage = name, terms, registry, usage
        requests = usage.requests or 1
        self.card: RateCard = registry.rate_card(
            name,
            **terms,
            prompt_tokens=usage.input_tokens // requests,
            output_tokens=usage.output_tokens // requests,
        )
        self._policy: CachePolicy = cache_policy(self.card)
        self._writes = self._policy.write_meter if writes else None

    def cost(self, ratio: Decimal) -> Cost:
        """Return the cost at a ratio, with what makes the ratio impossible."""
        usage = self._usage
        if "cache_read" in self.card.rates:
            usage = with_hit_ratio(usage, ratio, self.card.rates)
            if ratio:
                usage = self._written(usage)
        cost = price(self._name, usage, registry=self._registry, **self._terms)
        said = [each for each in (self.doubt(ratio), self.written()) if each is not None]
        return replace(cost, assumptions=(*cost.assumptions, *said)) if said else cost

    def _written(self, usage: Usage) -> Usage:
        """Return a usage whose unread input is written, where a mix is priced that says nothing."""
        if self._writes is None:
            return usage
        unread = usage.input_tokens - usage.cache_read_tokens
        counts = {"cache_write_tokens": unread, f"{self._writes}_tokens": unread}
        return replace(usage, **counts)

    def written(self) -> Assumption | None:
        """Say what is taken as written, where the model bills that and nobody said it."""
        if self._policy.write_meter is None or self._usage.cache_write_tokens:
            return None
        text = (
            f"{self.card.model} bills writes, and the usage has none: what is not read is plain "
            "input"
        )
        if self._writes is not None:
            text = (
                f"{self.card.model} bills writes: what is not read is written to its "
                f"{self._policy}; a hit ratio of 0 is no cache at all"
            )
        return Assumption("cache_writes", text)

    def doubt(self, ratio: Decimal) -> Assumption | None:
        """Say why no cache can have served such a share."""
        if not ratio:
            return None
        card, usage = self.card, self._usage
        if "cache_read" not in card.rates:
            seller = f"{card.model} ({card.provider})"
            text = f"{seller} has no rate for cached input: all is paid in full"
            return Assumption("no_cache", text)
        requests = usage.requests or 1
        text = self._too_short(ratio, usage.input_tokens // requests, requests)
        if text:
            return Assumption("cache_minimum", text)
        if requests > 1 and Fraction(ratio) > 1 - Fraction(1, requests):
            text = (
                f"{requests:,} requests that fill a cache themselves read at most {requests - 1:,} "
                f"of {requests:,} tokens of their input: {percent(ratio)} takes more of them, or a "
                "cache that others have filled"
            )
            return Assumption("hit_ratio_ceiling", text)
        return None

    def _too_short(self, ratio: Decimal, mean: int, requests: int) -> str:
        """Say that prompts are too short to be cached, or that much of them."""
        least, card = self._policy.min_tokens, self.card
        head = f"a prompt of {mean:,} tokens"
        if mean < least and requests > 1:
            return (
                f"prompts have {mean:,} tokens on average, below the {least:,} from which on "
                f"{card.provider} caches for {card.model}: only longer ones among them are read"
            )
        if mean < least:
            return (
                f"{head} is below the {least:,} from which on {card.provider} caches for "
                f"{card.model}: nothing of it is read"
            )
        most = self._policy.cached(mean)
        if requests == 1 and most < mean and Fraction(ratio) * mean > most:
            return (
                f"{head} is cached in steps of {self._policy.increment:,} for {card.model}: at "
                f"most {most:,} of it are read"
            )
        return ""


def with_hit_ratio(usage: Usage, ratio: Decimal, rates: Mapping[str, Decimal]) -> Usage:
    """Return a usage of which a share of the input was read; all other totals stay as they are."""
    whole, written = usage.input_tokens, usage.cache_write_tokens
    read = rounded(EXACT.multiply(ratio, Decimal(whole)))
    if read == usage.cache_read_tokens:
        return usage
    write = _proportion(written, whole - read, whole - usage.cache_read_tokens)
    parts = {name: _proportion(getattr(usage, name), write, written) for name in _WRITES}
    over = sum(parts.values()) - write  # rounding both up may be one too many
    parts["cache_write_12h_tokens"] -= max(0, over)
    media = _media(usage, ratio, rates)
    return replace(usage, cache_read_tokens=read, cache_write_tokens=write, **parts, **media)


def _media(usage: Usage, ratio: Decimal, rates: Mapping[str, Decimal]) -> dict[str, int]:
    """Return the media of a usage: the same share of each is read, as text where it has no rate.

    What is read of all kinds so far is rounded, not each by itself: so no rounding makes the parts
    of the input more than the whole.
    """
    found: dict[str, int] = {}
    seen = held = 0
    for kind in ("audio", "image", "video"):
        whole: int = getattr(usage, f"input_{kind}_tokens")
        seen += whole
        part = rounded(EXACT.multiply(ratio, Decimal(seen))) - held
        held += part
        rated = f"cache_read_{kind}" in rates
        if kind != "video":
            found[f"cache_read_{kind}_tokens"] = part if rated else 0
        found[f"input_{kind}_tokens"] = whole if rated else whole - part
    return found


def _proportion(part: int, of: int, whole: int) -> int:
    """Return part × of ÷ whole as a whole number, half-even; 0 of nothing."""
    if not whole:
        return 0
    quotient, rest = divmod(part * of, whole)
    return quotient + (2 * rest > whole or (2 * rest == whole and quotient % 2 == 1))


def rounded(number: Decimal) -> int:
    """Return the nearest whole number, half-even."""
    return int(EXACT.to_integral_value(number))
