"""When a cache pays for a prefix: after how many uses, at what probability, for how long a wait.

All follow from two ratios to the input rate: `w`, of a write, and `r`, of a read. N uses of a
prefix cost `w + (N-1) r` with a cache and `N` without. They are equal at `N* = (w - r) / (1 - r)`;
to divide `w` by `1 - r`, as is often done, counts the first use as a loss, which had to be paid
anyway. A cache that is stored costs its creation and its storage beside, and every use reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from costcalc.caching.policy import CachePolicy, duration
from costcalc.digits import percent
from costcalc.errors import UnpricedMeterError
from costcalc.estimate.stated import count
from costcalc.money import EXACT, from_fraction, normal
from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.registry.cards import RateCard

__all__ = ["CacheBreakEven", "cache_break_even", "ordinal", "rate_of"]

_MILLION = 10**6
_HOUR = 3_600
_STORAGE_PLACES = 18
"""Decimals at which an amount by the hour is rounded, as everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheBreakEven(Value):
    """When one cache of a model pays for one prefix."""

    policy: CachePolicy
    """The cache."""
    prefix_tokens: int
    """Length of the prefix."""
    currency: str
    """ISO 4217 code of every amount."""
    input_rate: Decimal
    """Rate of plain input, per million tokens."""
    write_rate: Decimal
    """Rate of a token that is written; plain input's where writes have no price of their own."""
    read_rate: Decimal
    """Rate of a token that is read."""
    storage: Decimal = Decimal(0)
    """What keeping the prefix for the cache's life costs."""
    uses: Decimal | None
    """Uses at which both cost the same, N*; 0 where the cache is cheaper from the start, None where
    reading saves nothing or the prefix is too short."""
    whole_uses: int | None
    """Fewest uses with which the cache is cheaper."""
    hit_probability: Decimal | None
    """Share of later uses that must find it, where one that misses writes again, for the cache to
    pay in the long run: (w - 1) / (w - r)."""
    pings: int | None
    """Most reads in a wait that are cheaper together than a miss after it; None where entries live
    for ever, a read does not prolong their life, or there is nothing to lose."""
    bridged: int | None
    """Seconds of waiting that so many reads bridge."""
    steady: Decimal | None = None
    """Uses an hour above which a cache that is stored for good pays: (s / p) / (1 - r)."""

    def cost(self, uses: int) -> Decimal:
        """Return what so many uses of the prefix within one life cost.

        A prefix that is too short to be cached is paid in full.
        """
        number = count(uses, "uses")
        if not number:
            return Decimal(0)
        if self.too_short:
            return _amount(EXACT.multiply(self.input_rate, Decimal(number)), self.prefix_tokens)
        reads = number if self.policy.kind == "stored" else number - 1
        per_token = EXACT.add(self.write_rate, EXACT.multiply(self.read_rate, Decimal(reads)))
        return normal(EXACT.add(_amount(per_token, self.prefix_tokens), self.storage))

    @property
    def too_short(self) -> bool:
        """Whether the prefix is shorter than what is cached at all."""
        return self.prefix_tokens < self.policy.min_tokens

    @property
    def write_ratio(self) -> Decimal | None:
        """w, the price of a write in prices of plain input; None where that is free."""
        return _ratio(self.write_rate, self.input_rate)

    @property
    def read_ratio(self) -> Decimal | None:
        """r, the price of a read in prices of plain input; None where that is free."""
        return _ratio(self.read_rate, self.input_rate)

    def __str__(self) -> str:
        """Return when it pays, as a sentence."""
        return "; ".join([f"{self.policy}: {self._prices()}", *self._verdict()])

    def _prices(self) -> str:
        write, read = self.write_ratio, self.read_ratio
        if write is None or read is None:
            return "plain input is free"
        if self.policy.kind == "stored":
            made = "its creation is free" if not write else f"its creation costs {_times(write)}"
            kept = f"storage {self.storage:f} {self.currency}"
            return f"{made}, {kept} and a read {_times(read)} plain input"
        if self.policy.write_meter is None:
            return f"a write costs nothing extra, a read {_times(read)} plain input"
        return f"a write costs {_times(write)} and a read {_times(read)} plain input"

    def _verdict(self) -> list[str]:
        """Return what follows from the prices, a clause each."""
        if self.too_short:
            least = f"{self.policy.min_tokens:,} from which on it caches, so it never pays"
            return [f"{self.prefix_tokens:,} tokens are below the {least}"]
        if self.whole_uses is None:
            return ["a read saves nothing, so it never pays"]
        said = [f"it pays from the {ordinal(self.whole_uses)} use on"]
        if self.steady is not None:
            said.append(f"kept for good, it pays above {float(self.steady):.1f} uses an hour")
        if self.hit_probability:
            said.append(
                f"in the long run, it pays where more than {percent(self.hit_probability)} of "
                "later uses find it"
            )
        if self.pings and self.bridged is not None:
            reads = "one read" if self.pings == 1 else f"{self.pings:,} reads"
            verb = "costs" if self.pings == 1 else "cost"
            said.append(
                f"{reads} just to keep it alive, for {duration(self.bridged)} in all, {verb} less "
                "than a miss"
            )
        return said


def cache_break_even(card: RateCard, policy: CachePolicy, size: int) -> CacheBreakEven:
    """Return when a cache pays for a prefix, at the rates of a card."""
    plain, read = rate_of(card, "input"), rate_of(card, "cache_read")
    write = plain if policy.write_meter is None else rate_of(card, policy.write_meter)
    if policy.creation_billed is False:
        write = Decimal(0)
    p, r, w = Fraction(plain), Fraction(read), Fraction(write)
    stored = policy.kind == "stored"
    hourly = Fraction(rate_of(card, "cache_storage")) if stored else Fraction(0)
    kept = hourly * (policy.ttl or 0) / _HOUR  # of a million tokens
    pays = p > r and size >= policy.min_tokens
    # N uses cost N p without a cache; with one w + (N - 1) r, or w + N r beside the storage
    uses = max(Fraction(0), (w + kept if stored else w - r) / (p - r)) if pays else None
    pings = _pings(policy, w, r) if pays else None
    return CacheBreakEven(
        policy=policy,
        prefix_tokens=size,
        currency=card.currency,
        input_rate=plain,
        write_rate=write,
        read_rate=read,
        storage=from_fraction(kept * size / _MILLION, _STORAGE_PLACES),
        uses=None if uses is None else from_fraction(uses),
        whole_uses=None if uses is None else floor(uses) + 1,
        hit_probability=None
        if stored or not pays or w <= r
        else from_fraction(max(Fraction(0), (w - p) / (w - r))),
        pings=pings,
        bridged=None if pings is None else (pings + 1) * (policy.ttl or 0),
        steady=from_fraction(hourly / (p - r)) if stored and pays else None,
    )


def rate_of(card: RateCard, meter: str) -> Decimal:
    """Return a rate of a card; `UnpricedMeterError` where neither it nor its parent has one."""
    try:
        return card.rate(meter)
    except KeyError:
        raise UnpricedMeterError(meter, card.model, card.provider, tuple(card.rates)) from None


def _pings(policy: CachePolicy, write: Fraction, read: Fraction) -> int | None:
    """Return the greatest k with k r < w - r."""
    if policy.kind == "stored" or policy.ttl is None or not policy.refresh_on_read:
        return None
    return max(0, ceil((write - read) / read) - 1) if read else None


def _amount(rate: Decimal, tokens: int) -> Decimal:
    return normal(EXACT.scaleb(EXACT.multiply(rate, Decimal(tokens)), -6))


def _ratio(rate: Decimal, base: Decimal) -> Decimal | None:
    return from_fraction(Fraction(rate) / Fraction(base)) if base else None


def _times(ratio: Decimal) -> str:
    return f"{float(ratio):.4g}×"


def ordinal(number: int) -> str:
    """Return a number in its order: 1st, 2nd, 3rd, 11th, 98th."""
    teens = 10 < number % 100 < 14  # noqa: PLR2004 - eleventh to thirteenth
    ending = "th" if teens else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"
