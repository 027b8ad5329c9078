"""Calls as logs state them, small enough for millions, and the table that holds each once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import UTC, datetime

from costcalc import instants
from costcalc.errors import UsageError
from costcalc.logs.advice import advised
from costcalc.logs.sellers import sold
from costcalc.registry.conditions import is_neutral
from costcalc.usage.usage import UNIT_METERS, Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal
    from typing import Any

    from costcalc.logs.records import Skip
    from costcalc.usage.responses.response_usage import ResponseUsage

__all__ = [
    "HOUR_OF_STAMP", "STAMP", "Call", "Calls", "FaultyCall", "Shelf", "Terms", "meters_of",
    "moment_of",
]  # fmt: skip

STAMP, HOUR_OF_STAMP = len("2026-09-01T10:00:00.000Z"), len("2026-09-01T10")
"""Length of a stamp, the text of an instant that most logs have, and of its day and hour."""
_UNITS = frozenset(UNIT_METERS)

Terms = tuple[str, "str | None", tuple[tuple[str, "str | bool"], ...]]
"""How calls were served: the model as the log states it, who bills it where the log says so, and
what changes the rates."""


class Shelf:
    """What calls of one file share: how they were served, what was counted, where they belong.

    So that a call is little more than its time and its counts.
    """

    __slots__ = ("file", "format", "meters", "project", "session", "special", "terms")

    def __init__(
        self,
        terms: Terms,
        meters: tuple[str, ...],
        session: str | None,
        project: str | None,
        format: str,  # noqa: A002 - the public word
        file: str,
    ) -> None:
        self.terms = terms
        self.meters = meters
        """What was counted, by meters that exclude each other."""
        self.session = session
        self.project = project
        self.format = format
        self.file = file
        self.special = False
        """Whether a call has parts, adds up several requests, or states its cost."""


class Call:
    """One model call of a log."""

    __slots__ = (
        "at", "copied", "counts", "id", "line", "parts", "request", "requests", "shelf", "stated",
    )  # fmt: skip

    def __init__(
        self,
        shelf: Shelf,
        at: int | str | None,
        counts: tuple[int, ...],
        line: int,
        id: str | None = None,  # noqa: A002 - the public word
        request: str | None = None,
        copied: bool = False,  # noqa: FBT001, FBT002 - a field like its neighbours
    ) -> None:
        self.shelf = shelf
        self.at = at
        """Microseconds since 1970, or a stamp; None where the log does not say."""
        self.counts = counts
        """Quantities of the shelf's meters."""
        self.line = line
        self.id = id
        """The provider's own id of the response."""
        self.request = request
        """The provider's own id of the request."""
        self.copied = copied
        """Whether the line says that it stands in a side branch, which may repeat its parent's."""
        self.requests: int | None = None
        """Requests that the counts add up; None for one."""
        self.stated: Decimal | None = None
        """What the log itself says that it cost."""
        self.parts: tuple[Call, ...] = ()
        """What was billed beside it: another model's counts, or another call's."""

    @property
    def tokens(self) -> int:
        """All tokens and units: of two lines about one call the greater is the complete one."""
        return sum(self.counts)

    @property
    def moment(self) -> int | None:
        """When it was made, in microseconds since 1970."""
        stamp = self.at
        if not isinstance(stamp, str):
            return stamp
        try:
            found = moment_of(stamp)
        except UsageError:  # a minute or second that no clock has
            found = moment_of(f"{stamp[:HOUR_OF_STAMP]}:00:00Z")
        self.at = found
        return found

    def usage(self) -> Usage:
        """Return the counts as a usage, its parts left out."""
        counts = dict(zip(self.shelf.meters, self.counts, strict=True))
        units = {name: counts.pop(name) for name in self.shelf.meters if name in _UNITS}
        units = {name: count for name, count in units.items() if count}
        return Usage.from_disjoint(**counts, units=units, requests=self.requests)


class FaultyCall(Call):
    """A call whose record contradicts itself: it was made, and nobody knows what it counted.

    It has no counts, so that a sound line about the same call takes its place.
    """

    __slots__ = ("fault",)

    fault: Skip
    """Where it stands, and what is wrong with it."""


_shapes: dict[tuple[str, ...], tuple[str, ...]] = {}


def meters_of(usage: Usage) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the meters of a usage, as the tuple that all of its shape share, and their counts."""
    names = tuple(name for name, _ in usage.metered)
    return _shapes.setdefault(names, names), tuple(count for _, count in usage.metered)


def moment_of(stated: Any) -> int | None:
    """Return the instant that a log states, in microseconds; None where it states none.

    ISO text, or seconds or milliseconds since 1970. A time without a zone is in UTC: what logs
    write without one is, and nobody can be asked. Anything else is a `UsageError`.
    """
    if stated is None or stated == "":
        return None
    if isinstance(stated, int | float) and not isinstance(stated, bool):
        if abs(stated) < _MILLISECONDS:
            return int(stated * 1_000_000)
        if abs(stated) < _LAST:
            return int(stated * 1_000)
    elif isinstance(stated, str):
        try:
            moment = datetime.fromisoformat(stated)
            zoned = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
            return instants.from_datetime(zoned)
        except ValueError:  # which a moment outside all calendars is, too
            raise _no_time(stated) from None
    raise _no_time(stated)


def _no_time(stated: object) -> UsageError:
    msg = f"its time {stated!r} is no ISO 8601 text and no number of seconds since 1970"
    return UsageError(msg, at=stated)


_MILLISECONDS = 10**11
"""From here on a number of seconds would be one of milliseconds: the year 5138."""
_LAST = 10**14
"""Milliseconds of the year 5138: what is later is no time of a call."""


class Calls:
    """Every call once, whatever number of lines and files tell of it."""

    def __init__(self) -> None:
        self.found: dict[Hashable, Call] = {}
        """By a key of its format. Keys are tuples that begin with the format's name, but for Claude
        Code's, whose message ids are unique in themselves."""
        self.duplicates = 0
        """Lines that told of a call once more."""
        self.notes: dict[tuple[str, str], int] = {}
        """What reading rests on, as code and sentence, with how many calls it concerns."""
        self.hours: set[str] = set()
        """How stamps begin whose hour is one."""
        self.memory: dict[Hashable, Any] = {}
        """What a format keeps between its files, by keys that begin with its name."""
        self.faults = 0
        """Records that contradict themselves, repeated ones included."""
        self._shelves: dict[tuple[Any, ...], Shelf] = {}
        self._texts: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[Call]:
        return iter(self.found.values())

    def add(
        self, key: Hashable, call: Call, better: Callable[[Call, Call], bool] | None = None
    ) -> None:
        """Keep a call; of two with one key the one with more tokens, or the `better` one."""
        before = self.found.get(key)
        if before is None:
            self.found[key] = call
            return
        self.duplicates += 1
        if better(call, before) if better else call.tokens > before.tokens:
            self.found[key] = call

    def add_alone(self, call: Call) -> None:
        """Keep a call that nothing tells from others."""
        self.found[call.shelf.format, object()] = call

    def stamped(self, stated: str | None) -> int | str | None:
        """Return when a call was made: the stamp itself where it is one, to be read when needed.

        Raises `UsageError` for text that states no time.
        """
        if stated is None or len(stated) != STAMP or stated[-1] != "Z":
            return moment_of(stated)
        hour = stated[:HOUR_OF_STAMP]
        moment_of(f"{hour}:00:00Z")
        self.hours.add(hour)
        return stated

    def note(self, code: str, sentence: str) -> None:
        """Say once more what the reading of a call rests on."""
        self.notes[code, sentence] = self.notes.get((code, sentence), 0) + 1

    def shared(self, text: str | None) -> str | None:
        """Return the one object of a text that many calls have: a session, a project."""
        return None if text is None else self._texts.setdefault(text, text)

    def shelf(
        self,
        *,
        model: str,
        meters: tuple[str, ...],
        format: str,  # noqa: A002 - the public word
        file: str,
        provider: str | None = None,
        conditions: Mapping[str, str | bool] | None = None,
        session: str | None = None,
        project: str | None = None,
    ) -> Shelf:
        """Return the shelf of calls that share all this; neutral conditions are left out."""
        said = sorted((conditions or {}).items())
        terms = (model, provider, tuple(pair for pair in said if not is_neutral(pair[1])))
        key = (terms, meters, session, project, format, file)
        found = self._shelves.get(key)
        if found is None:
            session, project = self.shared(session), self.shared(project)
            found = Shelf(terms, meters, session, project, format, file)
            self._shelves[key] = found
        return found

    def take(
        self,
        usage: ResponseUsage,
        *,
        model: str,
        format: str,  # noqa: A002 - the public word
        file: str,
        line: int,
        provider: str | None = None,
        at: int | None = None,
        session: str | None = None,
        project: str | None = None,
        conditions: Mapping[str, str | bool] | None = None,
        stated: Decimal | None = None,
    ) -> Call:
        """Return a call of a usage that was read from a response, its parts with it.

        What the response rests on is noted. `conditions` come over those of the response.
        """
        for each in usage.assumptions:
            self.note(each.code, advised(each.text))
        meters, counts = meters_of(usage)
        name, seller = sold(model, provider, self)
        shelf = self.shelf(
            model=name, meters=meters, format=format, file=file, provider=seller,
            conditions={**usage.conditions, **(conditions or {})}, session=session,
            project=project,
        )  # fmt: skip
        parts = tuple(
            self.take(
                part, model=part.model or model, format=format, file=file, line=line,
                provider=provider, at=at, session=session, project=project, conditions=conditions,
            )
            for part in usage.parts
        )  # fmt: skip
        call = Call(shelf, at, counts, line, usage.id)
        call.parts, call.requests = parts, usage.requests
        call.stated = usage.stated_cost if stated is None else stated
        if parts or call.requests is not None or call.stated is not None:
            shelf.special = True
        return call
