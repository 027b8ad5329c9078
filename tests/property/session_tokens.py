"""Sessions token by token in rational arithmetic: slow, and written from the rules alone.

Every token of a conversation is a number of its own, so that what a cache serves is the longest
common prefix of two prompts and not a calculation with lengths. Times are whole microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count

SECOND = 1_000_000
MILLION = 1_000_000
STORAGE = 3_600 * MILLION  # a million tokens for an hour, in token-seconds

Tokens = tuple[int, ...]


@dataclass(frozen=True)
class Policy:
    """One kind of cache as the price file states it."""

    kind: str
    ttl: int | None = None
    least: int = 0
    grain: int = 1
    refreshed: bool = False
    keeps_replies: bool = False
    write: str | None = None
    creation_billed: bool = True
    whole: bool = False

    def cached(self, length: int) -> int:
        """Return q(x): nothing below the minimum, then whole increments above it."""
        if self.kind == "none" or length < self.least:
            return 0
        return self.least + self.grain * ((length - self.least) // self.grain)


@dataclass(frozen=True)
class Period:
    """A price list of one model, with the cache that it has meanwhile."""

    start: int
    model: str
    rates: dict[str, str]
    tier: tuple[str, int, dict[str, str]] | None
    policy: Policy

    def rate(self, meter: str, prompt: int) -> Fraction:
        """Return the rate of a meter for a prompt of a size."""
        rate = Fraction(self.rates[meter])
        if self.tier is not None:
            operator, size, times = self.tier
            if prompt > size or (operator == ">=" and prompt == size):
                rate *= Fraction(times.get(meter, "1"))
        return rate


@dataclass(frozen=True)
class Prices:
    """What one id costs over time, its successor included."""

    periods: tuple[Period, ...]
    speed: int | None

    def at(self, now: int) -> Period:
        """Return the price list that holds."""
        return [each for each in self.periods if each.start <= now][-1]


@dataclass(frozen=True)
class Turn:
    """One step as drawn; `gap` in microseconds."""

    new: int
    output: int
    reasoning: int = 0
    transient: int = 0
    gap: int = 0
    unchanged: int | None = None
    dropped: int = 0
    missed: bool = False


@dataclass(frozen=True)
class Talk:
    """One session as drawn."""

    turns: tuple[Turn, ...]
    system: int = 0
    warm: bool = False
    compact_at: int | None = None
    summary: int = 0


@dataclass
class Row:
    """What one call must be."""

    kind: str
    at: int
    context: int
    read: int
    written: int
    output: int
    cost: Fraction
    uncached: Fraction
    reasons: set[str] = field(default_factory=set)


class Oracle:
    """One run of a session; `rows` is its ledger."""

    def __init__(self, prices: Prices, talk: Talk) -> None:
        self.prices = prices
        self.talk = talk
        self.words = count()
        self.now = self.idle = 0
        self.period = prices.at(0)
        self.held: list[tuple[Tokens, int]] = []  # prefixes, shortest first, with their last use
        self.made: tuple[Tokens, int] | None = None  # a stored object, with its end
        self.events: set[str] = {"first"}
        self.rows: list[Row] = []
        self.system = self.speak(talk.system)
        self.talked = self.system
        self.run()

    def speak(self, length: int) -> Tokens:
        """Return tokens that nobody has said before."""
        return tuple(next(self.words) for _ in range(length))

    def run(self) -> None:
        """Make every call."""
        if self.talk.warm and self.policy.cached(len(self.system)):
            if self.policy.kind == "stored":
                self.create()
            else:
                self.hold(self.system)
            self.events = set()
        for number, turn in enumerate(self.talk.turns, 1):
            if number > 1:
                self.now += turn.gap
                self.idle += turn.gap
            self.step(turn, begun=number > 1)
            limit = self.talk.compact_at
            last = number == len(self.talk.turns)
            if limit is not None and not last and len(self.talked) > limit:
                self.compact()

    @property
    def policy(self) -> Policy:
        """Return the cache as it is now."""
        return self.period.policy

    def step(self, turn: Turn, *, begun: bool) -> None:
        """Edit, look up the price, send one prompt, keep what can be found again."""
        self.change(turn)
        self.forget_what_changed("edited")
        if turn.missed and begun and self.policy.kind != "stored":
            self.held = []
            self.events.add("routing")
        self.adopt()
        if self.policy.kind == "stored":
            self.make_object()
        new = self.speak(turn.new)
        prompt = self.talked + self.speak(turn.transient) + new
        lasting = self.talked if turn.transient and not self.policy.whole else prompt
        marked = lasting if self.policy.kind == "explicit" else prompt
        read = self.read(self.talked)
        written = 0
        if self.policy.write is not None:
            written = max(0, self.policy.cached(len(marked)) - read)
        reasons = self.reasons(len(prompt), read, len(self.talked))
        self.bill("step", prompt, read, written, turn.output, turn.reasoning, reasons)
        shown = self.speak(turn.output - turn.reasoning)
        self.talked += new + shown
        self.events = set()
        self.keep(lasting + shown if self.policy.keeps_replies and not turn.transient else lasting)
        self.write_for(turn.output)

    def change(self, turn: Turn) -> None:
        """Drop the end of the conversation, and say otherwise what was edited."""
        self.talked = self.talked[: len(self.talked) - turn.dropped]
        if turn.unchanged is not None and turn.unchanged < len(self.talked):
            lost = len(self.talked) - turn.unchanged
            self.talked = self.talked[: turn.unchanged] + self.speak(lost)
            self.system = self.talked[: len(self.system)]

    def adopt(self) -> None:
        """Let the price list of the moment hold; another model or kind has an empty cache."""
        before, self.period = self.period, self.prices.at(self.now)
        old, new = before.policy, self.policy
        if before.model != self.period.model or (old.kind, old.whole) != (new.kind, new.whole):
            self.held, self.made = [], None
            self.events.add("model")

    def alive(self, used: int) -> bool:
        """Return whether an entry still lives that was last used then."""
        return self.policy.ttl is None or self.idle - used <= self.policy.ttl * SECOND

    def read(self, prompt: Tokens) -> int:
        """Return how many tokens the cache serves, and renew what it read.

        Shorter marks than the one that is found are not looked at, whether they live or not.
        """
        if self.policy.kind == "stored":
            return len(self.stored(prompt))
        while self.held:
            prefix, used = self.held[-1]
            if self.alive(used):
                found = self.policy.cached(len(prefix))
                if found and self.policy.refreshed:
                    self.renew(prefix)
                return found
            self.held.pop()
            if prefix:
                self.events.add("ttl")
        return 0

    def renew(self, prefix: Tokens) -> None:
        """Renew what was read, and the system prompt, where every request marks it too."""
        renewed = {prefix} if self.policy.whole else {prefix, self.system}
        self.held = [(each, self.idle if each in renewed else used) for each, used in self.held]

    def keep(self, prompt: Tokens) -> None:
        """Take in what can be found again; what is there already keeps its life."""
        if self.policy.whole:
            self.hold(prompt)
        elif self.policy.kind == "automatic":
            if [each for each, _ in self.held] != [prompt]:
                self.held = [(prompt, self.idle)]
        elif self.policy.kind == "explicit":
            self.hold(self.system)
            self.hold(prompt)

    def hold(self, prefix: Tokens) -> None:
        """Write one prefix, if it is long enough and not there, or not any more."""
        self.held = [each for each in self.held if each[0] != prefix or self.alive(each[1])]
        if self.policy.cached(len(prefix)) and prefix not in dict(self.held):
            self.held.append((prefix, self.idle))
            self.held.sort(key=lambda each: len(each[0]))

    def forget_what_changed(self, reason: str) -> None:
        """Let go of what no later prompt can begin with."""
        if self.made is not None and self.talked[: len(self.made[0])] != self.made[0]:
            self.made = None
            self.events.add(reason)
        kept: list[tuple[Tokens, int]] = []
        for prefix, used in self.held:
            same = prefix
            while self.talked[: len(same)] != same:
                same = same[:-1]
            if len(same) < len(prefix):
                self.events |= {reason} if self.alive(used) else {reason, "ttl"}
            parts = self.policy.kind == "automatic" and not self.policy.whole
            if len(same) == len(prefix) or parts:
                kept.append((same, used))
        self.held = kept

    def stored(self, prompt: Tokens) -> Tokens:
        """Return the tokens of the stored object, if it lives and the prompt begins with it."""
        if self.made is None:
            return ()
        tokens, end = self.made
        if self.now > end:
            self.made = None
            self.events.add("ttl")
            return ()
        return tokens if prompt[: len(tokens)] == tokens else ()

    def create(self) -> None:
        """Make the object anew; its life begins now, and reads do not prolong it."""
        self.made = (self.system, self.now + (self.policy.ttl or 0) * SECOND)

    def make_object(self) -> None:
        """Pay for the object where none lives."""
        size = len(self.system)
        if self.stored(self.talked) or not self.policy.cached(size):
            return
        billed = size if self.policy.creation_billed else 0
        cost = self.period.rate("input", size) * billed / MILLION
        cost += self.period.rate("cache_storage", size) * size * (self.policy.ttl or 0) / STORAGE
        reasons = self.events or {"first"}
        self.rows.append(
            Row("creation", self.now, billed, 0, 0, 0, cost, Fraction(0), set(reasons))
        )
        self.create()
        self.events = set()

    def compact(self) -> None:
        """Have all of it summarised, and go on from system prompt and summary."""
        prompt, summary = self.talked, self.talk.summary
        self.adopt()
        self.forget_what_changed("edited")
        read = self.read(prompt)
        written = 0
        if self.policy.write is not None and self.policy.kind == "automatic":
            written = max(0, self.policy.cached(len(prompt)) - read)
        reasons = self.reasons(len(prompt), read, len(prompt))
        self.bill("compaction", prompt, read, written, summary, 0, reasons)
        if self.policy.kind == "automatic":
            self.keep(prompt)
        # where nothing came in, the next call finds no more, and for the same reason
        if read or self.policy.kind == "automatic":
            self.events = set()
        self.talked = self.system + self.speak(summary)
        self.forget_what_changed("compacted")
        self.write_for(summary)

    def reasons(self, context: int, read: int, could: int) -> set[str]:
        """Return what each of, or all together, kept the cache from serving more."""
        if self.policy.kind == "none" or read == could:
            return set()
        found = set(self.events)
        short = self.policy.kind == "stored" and not self.policy.cached(len(self.system))
        if context < self.policy.least or short or (not read and not found):
            found.add("below_min")
        return found

    def bill(
        self, kind: str, prompt: Tokens, read: int, written: int, output: int, reasoning: int,
        reasons: set[str],
    ) -> None:  # fmt: skip
        """Charge one call."""
        size = len(prompt)

        def cost(**parts: int) -> Fraction:
            used = {meter: tokens for meter, tokens in parts.items() if tokens}
            amounts = (self.period.rate(meter, size) * tokens for meter, tokens in used.items())
            return sum(amounts, Fraction(0)) / MILLION

        made = {"output": output - reasoning, "reasoning": reasoning}
        write = {self.policy.write or "input": written}
        total = cost(input=size - read - written, cache_read=read, **made) + cost(**write)
        plain = cost(input=size, **made)
        self.rows.append(Row(kind, self.now, size, read, written, output, total, plain, reasons))

    def write_for(self, output: int) -> None:
        """Let the time pass that a reply takes to write."""
        if self.prices.speed is not None:
            self.now += output * SECOND // self.prices.speed
