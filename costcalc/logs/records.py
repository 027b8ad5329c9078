"""What reading logs gives: one record a call, and what was read, repeated or left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from costcalc import instants
from costcalc.assumptions import Assumption
from costcalc.logs.calls import Call, Calls, FaultyCall, meters_of
from costcalc.usage.counts import Counts
from costcalc.usage.responses.response_usage import ResponseUsage
from costcalc.usage.usage import Usage
from costcalc.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["LogRecord", "LogRecords", "Reading", "Skip"]


@dataclass(frozen=True, slots=True)
class Skip(Value):
    """A line, or a whole file, that was not read, and why."""

    file: str
    """Path as it was found."""
    line: int | None
    """Number of the line; None for a file."""
    reason: str
    """What is wrong with it."""

    def __str__(self) -> str:
        return f"{self.file}{'' if self.line is None else f':{self.line}'}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Value):
    """What was read: how much, what came twice, and what was left out."""

    files: int
    """Files that hold a log."""
    size: int
    """Their bytes, as they lie on the disk."""
    calls: int
    """Calls that are left, each once."""
    duplicates: int
    """Lines that told of a call once more: streamed ones, copies in forks and side branches."""
    formats: Mapping[str, int] = field(default_factory=Counts)
    """Files by format."""
    faulty: int = 0
    """Calls among them whose record contradicts itself: no records, and without a price."""
    faults: tuple[Skip, ...] = ()
    """Where the first of these stand, and what is wrong with them."""
    skipped: int = 0
    """Lines and files that could not be read, and are no call that is known of."""
    skips: tuple[Skip, ...] = ()
    """The first of them."""
    others: tuple[str, ...] = ()
    """Files of a folder that are no log of a known format; the first of them."""
    other_files: int = 0
    """How many."""
    assumptions: tuple[Assumption, ...] = ()
    """What the records rest on, and what kind of figures they are."""

    def __post_init__(self) -> None:
        """Let nothing that a value holds be changed."""
        object.__setattr__(self, "formats", Counts(self.formats))


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRecord(Value):
    """One model call of a log."""

    usage: ResponseUsage | Usage
    """Its counts with the conditions, seller, time and parts of the record, so that
    `costcalc.price(record.model, record.usage, provider=record.provider)` is what it cost."""
    model: str
    """Model id as the log states it."""
    provider: str | None = None
    """Who bills it, where the log says so."""
    at: datetime | None = None
    """When it was made."""
    session: str | None = None
    """The conversation or run it belongs to."""
    project: str | None = None
    """The project it belongs to."""
    id: str | None = None
    """The provider's own id of the response."""
    format: str = ""
    """The log's format, such as claude-code."""
    file: str = ""
    """Path of the file."""
    line: int = 0
    """Number of the line; 0 where a format has none."""
    stated_cost: Decimal | None = None
    """What the log itself says it cost, in US dollars; no bill."""
    conditions: Mapping[str, str | bool] = field(default_factory=Counts)
    """What changes the rates, as it was served."""
    parts: tuple[LogRecord, ...] = ()
    """What was billed beside it: another model's counts, or another call's."""

    def __post_init__(self) -> None:
        """Let record and usage say the same, the record first, and nothing of it be changed."""
        usage = self.usage
        if not isinstance(usage, ResponseUsage):
            usage = ResponseUsage(**_counts(usage), model=self.model or None, api=self.format)
        at = self.at or usage.at
        parts = tuple(self.parts) or tuple(self._part(each, at) for each in usage.parts)
        known: dict[str, Any] = {
            "provider": self.provider or usage.provider,
            "at": at,
            "conditions": {**usage.conditions, **self.conditions},
            "parts": tuple(part.usage for part in parts),
        }
        if any(getattr(usage, name) != value for name, value in known.items()):
            usage = replace(usage, **known)
        for name in ("provider", "at", "conditions"):
            object.__setattr__(self, name, getattr(usage, name))
        object.__setattr__(self, "usage", usage)
        object.__setattr__(self, "parts", parts)

    def _part(self, usage: ResponseUsage, at: datetime | None) -> LogRecord:
        """Return what the usage has within it as a record of its own, of the same place."""
        return LogRecord(
            usage=usage, model=usage.model or self.model, provider=usage.provider,
            at=at, session=self.session, project=self.project, id=usage.id,
            format=self.format, file=self.file, line=self.line,
        )  # fmt: skip


def _counts(usage: Usage) -> dict[str, Any]:
    return {name: getattr(usage, name) for name in Usage.__dataclass_fields__}


def record_of(call: Call) -> LogRecord:
    """Return a call as a record."""
    shelf, usage = call.shelf, usage_of(call)
    return LogRecord(
        usage=usage,
        model=shelf.terms[0],
        provider=usage.provider,
        at=usage.at,
        session=shelf.session,
        project=shelf.project,
        id=call.id,
        format=shelf.format,
        file=shelf.file,
        line=call.line,
        stated_cost=call.stated,
        conditions=usage.conditions,
        parts=tuple(map(record_of, call.parts)),
    )


def usage_of(call: Call) -> ResponseUsage:
    """Return the usage of a call with everything that decides its price."""
    counts, moment = call.usage(), call.moment
    model, provider, conditions = call.shelf.terms
    return ResponseUsage(
        **_counts(counts),
        api=call.shelf.format,
        model=model or None,
        provider=provider,
        at=None if moment is None else instants.to_datetime(moment),
        id=call.id,
        conditions=dict(conditions),
        parts=tuple(map(usage_of, call.parts)),
    )


def call_of(record: LogRecord, calls: Calls) -> Call:
    """Return a record as a call; `calls` has the shelves."""
    meters, counts = meters_of(record.usage)
    at = None if record.at is None else instants.from_datetime(record.at)
    shelf = calls.shelf(
        model=record.model, meters=meters, format=record.format, file=record.file,
        provider=record.provider, conditions=record.conditions, session=record.session,
        project=record.project,
    )  # fmt: skip
    call = Call(shelf, at, counts, record.line, record.id)
    call.requests, call.stated = record.usage.requests, record.stated_cost
    call.parts = tuple(call_of(part, calls) for part in record.parts)
    shelf.special = True
    return call


class LogRecords(Sequence[LogRecord]):
    """The records of logs, made when they are asked for, with what was read and left out.

    A call whose record contradicts itself is none of them: `reading.faults` says where it stands.
    """

    def __init__(
        self,
        calls: Iterable[Call],
        reading: Reading | None = None,
        faults: Iterable[FaultyCall] = (),
    ) -> None:
        self.calls = tuple(calls)
        self.faults = tuple(faults)
        """Calls of which no record can say what they counted; `price` counts them as unpriced."""
        self.reading = reading
        """How much was read, what came twice, what was left out; None where records were given."""

    @classmethod
    def of(cls, records: Iterable[LogRecord]) -> LogRecords:
        """Return records that were made elsewhere, or chosen among those that were read."""
        shelves = Calls()
        return cls(call_of(each, shelves) for each in records)

    def __len__(self) -> int:
        return len(self.calls)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [record_of(each) for each in self.calls[place]]
        return record_of(self.calls[place])

    def __iter__(self) -> Iterator[LogRecord]:
        return map(record_of, self.calls)

    def __repr__(self) -> str:
        read = self.reading
        where = f" of {read.files:,} files, {read.skipped:,} skipped" if read is not None else ""
        return f"<{len(self):,} records{where}>"
