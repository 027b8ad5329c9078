"""A chain of calls while it is simulated: its clock, its context, its cache.

The clock has two hands. Prices hold at instants, which advance by waits and by writing; a cache
dies of idleness, which is the wait between a reply and the next call.
"""

from __future__ import annotations

from dataclasses import dataclass

from costcalc.sessions.caches import Cache, Stored, cache_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.caching.policy import CachePolicy
    from costcalc.registry.rates import Card

__all__ = ["Line"]


@dataclass(slots=True)
class Line:
    """The main line of a session, or a branch of it."""

    cache: Cache
    now: int
    """Instant, in microseconds since 1970."""
    system: int
    """Tokens that every prompt begins with."""
    carried: int
    """Tokens that the next prompt begins with."""
    idle: int = 0
    """Microseconds of waiting so far."""
    card: Card | None = None
    """The rates of the call before, which mostly hold on."""
    failed: int = 0
    """Tokens of a prompt whose reply was lost, which is sent again."""
    begun: bool = False
    reason: str | None = None
    """Why the cache holds less than it could."""

    def wait(self, micros: int) -> None:
        """Let time pass in which nothing is written."""
        self.idle += micros
        self.now += micros

    def read(self) -> int:
        """Return how much the cache serves of the next prompt."""
        cache = self.cache
        return cache.read(self.now if isinstance(cache, Stored) else self.idle)

    def serve(self, card: Card, policy: CachePolicy) -> None:
        """Let a card hold from now on; another model or another kind has an empty cache."""
        moved = self.card is not None and card.tariff is not self.card.tariff
        if moved or not self.cache.suits(policy):
            self.cache = cache_of(policy)
            self.reason = "model"
        self.cache.policy = policy
        self.card = card

    def fork(self, policy: CachePolicy, card: Card) -> Line:
        """Return a line that goes on from here, under the rates that it has itself.

        It reads the cache of this one, where it is the same model and the same kind of cache.
        """
        line = Line(
            cache_of(policy), self.now, self.system, self.carried, self.idle, card, begun=True
        )
        same = self.card is not None and self.card.tariff is card.tariff
        if same and self.cache.suits(policy):
            line.cache = self.cache.copy(policy)
        else:
            line.reason = "model"
        return line

    def missed(self, context: int, read: int) -> str | None:
        """Return why a call read less than it begins with; None where it did not."""
        policy = self.cache.policy
        if policy.kind == "none" or read == self.carried:
            return None
        if (self.system if policy.kind == "stored" else context) < policy.min_tokens:
            return "below_min"
        if self.cache.expired:
            return "ttl"
        if self.reason is not None or read:
            return self.reason
        return "below_min" if self.begun else "first"
