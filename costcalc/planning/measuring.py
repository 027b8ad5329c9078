"""What logs say about sessions: how long they are, what each step adds, how long people wait.

A session's steps are the calls that a log puts into one conversation, in the order of their time.
A subagent's calls are a conversation of their own: its prompts begin anew beside those of its
parent. What a step adds is how much longer its prompt is than the one before, less the reply
between them, which is sent again without its reasoning.

What a step adds and what it is answered with have the quantiles of their sessions' means, since a
forecast draws both once for a session. Those of single calls would be wider, and would make the
cost of many sessions vary more than it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from costcalc.errors import UsageError
from costcalc.money import EXACT, ZERO, divide, normal, to_places
from costcalc.values import Value, frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.logs.records import LogRecord

__all__ = ["Z95", "Measured", "Sample", "is_single", "key_of", "measure", "sessions_of"]

_PERSON_WAITS = 30
"""Seconds from which a wait is taken for a person's: tools of an agent mostly answer before."""
_SECONDS_A_MINUTE = 60
_PLACES = 3
_WIDE = Context(prec=40, rounding=ROUND_HALF_EVEN)
_SIX = Context(prec=6, rounding=ROUND_HALF_EVEN)
_SUBAGENTS = "subagents"
"""Folder of Claude Code's logs of them, which have the session of their parent."""
_WEEKEND = 5
Z95 = Decimal("1.645")
"""95th percentile of the standard normal distribution: the ends of nine in ten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample(Value):
    """One number that was measured many times."""

    count: int
    """How often."""
    mean: Decimal
    """What they average to: what a budget multiplies."""
    p50: Decimal
    """Half of them are no more."""
    p90: Decimal
    """Nine in ten are no more."""

    error: Decimal
    """How far the mean may be off, nine times in ten, if the numbers are independent."""

    @property
    def varies(self) -> bool:
        """Whether a log-normal distribution can be made of the two quantiles."""
        return self.p90 > self.p50 > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured(Value):
    """Sessions of a log, as the numbers that a plan states."""

    sessions: int
    """Conversations."""
    calls: int
    """Model calls in them."""
    first: date
    """Day of the first call, in UTC."""
    last: date
    """Day of the last one."""
    active_days: int
    """Days with a session that began on them."""
    weekdays: int = 1
    """Mondays to Fridays from the first day to the last; at least 1."""
    input_tokens: int
    """Input of all calls."""
    cache_read_tokens: int
    """Part of it that was read from a cache."""
    output_tokens: int
    """Output of all calls."""
    reasoning_tokens: int = 0
    """Part of it that was reasoning, where the logs say so."""
    samples: Mapping[str, Sample] = field(default_factory=dict[str, Sample])
    """By what they are of: steps, system_tokens, prompt, reply, input_tokens_per_step,
    output_tokens_per_step, wait_minutes, sessions_per_day, calls_per_day. The two by step have the
    mean of all steps, and the quantiles of their sessions' means, which count once for each."""
    shortened: int = 0
    """Steps whose prompt was shorter than the one before: compaction, or another conversation."""
    subagents: int = 0
    """Conversations that are those of subagents."""

    def __post_init__(self) -> None:
        """Let nothing that a value holds be changed."""
        object.__setattr__(self, "samples", frozen(dict(self.samples)))

    @property
    def hit_ratio(self) -> float | None:
        """Input that was read from a cache, as a share; None without input."""
        return self.cache_read_tokens / self.input_tokens if self.input_tokens else None

    @property
    def reasoning_ratio(self) -> Decimal:
        """Reasoning as a share of the output."""
        return _ratio(self.reasoning_tokens, self.output_tokens) if self.output_tokens else ZERO

    @property
    def user_share(self) -> Decimal:
        """Share of the steps after the first that a person is taken to have started by a wait."""
        waits = self.samples.get("wait_minutes")
        return _ratio(waits.count, self.calls - self.sessions) if waits else Decimal(0)


def sessions_of(records: Iterable[LogRecord]) -> list[list[LogRecord]]:
    """Return the calls of each conversation, in the order of their time; the earliest first.

    A call without a conversation is one by itself. One without a time belongs to none, since
    nothing can be said about its order, and neither does a sum of several calls.
    """
    found: dict[object, list[LogRecord]] = {}
    for number, record in enumerate(records):
        if is_single(record):
            key = key_of(record)
            found.setdefault(number if key is None else key, []).append(record)
    whole = [sorted(each, key=_moment) for each in found.values()]
    return sorted(whole, key=lambda each: _moment(each[0]))


def is_single(record: LogRecord) -> bool:
    """Return whether a record is one call at a known time: what can be measured."""
    return record.at is not None and record.usage.requests in {None, 1}


def key_of(record: LogRecord) -> tuple[str | None, ...] | None:
    """Return what the calls of one conversation have in common; None for a call without one."""
    if record.session is None:
        return None
    return record.project, record.session, record.file if _is_subagent(record) else None


def _is_subagent(record: LogRecord) -> bool:
    return _SUBAGENTS in record.file.replace("\\", "/").split("/")[:-1]


def _moment(record: LogRecord) -> datetime:
    assert record.at is not None  # noqa: S101 - for the type checker
    return record.at


def _day(record: LogRecord) -> date:
    return _moment(record).astimezone(UTC).date()


def measure(sessions: Sequence[Sequence[LogRecord]]) -> Measured:
    """Return what sessions measure; `UsageError` where there are none."""
    if not sessions:
        msg = (
            "the logs hold no call with a time, or sums of several only, so that nothing can be "
            "measured; name other logs"
        )
        raise UsageError(msg)
    work = _Work()
    for each in sessions:
        work.add(each)
    return work.result()


class _Work:
    """Numbers while they are collected."""

    def __init__(self) -> None:
        self.numbers: dict[str, list[Decimal]] = {}
        self.levels: dict[str, list[Decimal]] = {}
        """For each number that a session has many of: the mean of its session."""
        self.days: dict[date, int] = {}
        self.call_days: dict[date, int] = {}
        self.calls = self.input = self.read = self.output = self.reasoning = 0
        self.shortened = self.subagents = 0
        self.ends: list[date] = []

    def add(self, session: Sequence[LogRecord]) -> None:
        self._put("steps", len(session))
        began = _day(session[0])
        self.days[began] = self.days.get(began, 0) + 1
        self.ends.append(_day(session[-1]))
        self.subagents += _is_subagent(session[0])
        before: LogRecord | None = None
        added: list[int] = []
        for record in session:
            usage = record.usage
            self.calls += 1
            day = _day(record)
            self.call_days[day] = self.call_days.get(day, 0) + 1
            self.input += usage.input_tokens
            self.read += usage.cache_read_tokens
            self.output += usage.output_tokens
            self.reasoning += usage.reasoning_tokens
            self._put("prompt", usage.input_tokens)
            self._put("reply", usage.output_tokens)
            if before is not None:
                self._wait(before, record)
                added += self._growth(before, record)
            before = record
        self._put_steps("input_tokens_per_step", added)
        self._put_steps("output_tokens_per_step", [each.usage.output_tokens for each in session])
        self._put("first_prompt", session[0].usage.input_tokens)

    def _growth(self, before: LogRecord, record: LogRecord) -> list[int]:
        """Return what a step adds to the prompt; nothing where that became shorter."""
        longer = record.usage.input_tokens - before.usage.input_tokens
        if longer < 0:
            self.shortened += 1
            return []
        kept = before.usage.output_tokens - before.usage.reasoning_tokens
        return [max(0, longer - kept)]

    def _wait(self, before: LogRecord, record: LogRecord) -> None:
        seconds = (_moment(record) - _moment(before)).total_seconds()
        if seconds >= _PERSON_WAITS:
            self._put("wait_minutes", _ratio(round(seconds), _SECONDS_A_MINUTE))

    def _put(self, name: str, number: int | Decimal) -> None:
        self.numbers.setdefault(name, []).append(Decimal(number))

    def _put_steps(self, name: str, steps: Sequence[int]) -> None:
        """Add what the steps of one session have, and how much that is on average for each."""
        if not steps:
            return
        mean = Decimal(round(Fraction(sum(steps), len(steps))))
        self.levels.setdefault(name, []).extend([mean] * len(steps))
        for each in steps:
            self._put(name, each)

    def result(self) -> Measured:
        numbers = dict(self.numbers)
        first = numbers.pop("first_prompt")
        steps = numbers.get("input_tokens_per_step")
        if steps is None:
            numbers["input_tokens_per_step"] = first
            numbers["system_tokens"] = [ZERO]
        else:
            # what every prompt begins with is the first one less one step's own input: the mean,
            # so that first prompts are as long on average as they were
            step = _sample(steps).mean.to_integral_value(rounding=ROUND_HALF_EVEN)
            numbers["system_tokens"] = [max(ZERO, EXACT.subtract(each, step)) for each in first]
        numbers["sessions_per_day"] = [Decimal(count) for count in self.days.values()]
        numbers["calls_per_day"] = [Decimal(count) for count in self.call_days.values()]
        return Measured(
            sessions=len(first),
            calls=self.calls,
            first=min(self.days),
            last=max(self.ends),
            active_days=len(self.days),
            weekdays=max(1, _weekdays(min(self.days), max(self.ends))),
            input_tokens=self.input,
            cache_read_tokens=self.read,
            output_tokens=self.output,
            reasoning_tokens=self.reasoning,
            samples={
                name: _sample(each, self.levels.get(name)) for name, each in sorted(numbers.items())
            },
            shortened=self.shortened,
            subagents=self.subagents,
        )


def _weekdays(first: date, last: date) -> int:
    """Return how many Mondays to Fridays there are from one day to another."""
    weeks, rest = divmod((last - first).days + 1, 7)
    days = (first + timedelta(days=number) for number in range(rest))
    return weeks * _WEEKEND + sum(day.weekday() < _WEEKEND for day in days)


def _sample(numbers: Sequence[Decimal], levels: Sequence[Decimal] | None = None) -> Sample:
    """Return mean and nearest-rank quantiles; these of other numbers where there are some."""
    ordered = sorted(numbers)
    ranked = ordered if levels is None else sorted(levels)
    count = len(ordered)
    whole = squares = Decimal(0)
    for each in ordered:
        whole = EXACT.add(whole, each)
        squares = EXACT.fma(each, each, squares)
    mean = divide(whole, count)
    scatter = max(
        Decimal(0), _WIDE.subtract(squares, _WIDE.divide(_WIDE.multiply(whole, whole), count))
    )
    error = _WIDE.divide(scatter, count * max(1, count - 1)).sqrt(_WIDE)
    return Sample(
        count=count,
        mean=mean,
        p50=_quantile(ranked, "0.5"),
        p90=_quantile(ranked, "0.9"),
        error=normal(_SIX.multiply(Z95, error)),
    )


def _quantile(ordered: Sequence[Decimal], share: str) -> Decimal:
    rank = EXACT.multiply(Decimal(share), Decimal(len(ordered)))
    return ordered[max(0, int(rank.to_integral_value(rounding=ROUND_CEILING)) - 1)]


def _ratio(part: int, whole: int) -> Decimal:
    """Return a share to three decimals, which is all that a plan needs."""
    return to_places(_WIDE.divide(Decimal(part), Decimal(whole)), _PLACES)
