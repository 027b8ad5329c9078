"""One wire format as a table: where each count stands, what tells the format, what it implies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from costcalc import instants
from costcalc.assumptions import Assumption
from costcalc.errors import UsageError
from costcalc.usage.responses import fields
from costcalc.usage.responses.response_usage import ResponseUsage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["AS_WHOSE", "AT", "OF_CLOUD", "WHOSE", "Api", "Draft", "moment"]

WHOSE = "say whose it is with provider= or api=, or state the counts with costcalc.Usage"
AS_WHOSE = "provider= says whose it is"
OF_CLOUD = "provider= and model= say how it is billed"
AT = "say when it was with at="
"""What a caller can do; where a log is read, `costcalc.logs.advice` says it otherwise."""


@dataclass(slots=True)
class Draft:
    """A reading in progress: the counts so far, and what refines them."""

    response: Any
    """The whole response; the usage object itself where that is all there is."""
    usage: Any
    """The usage object."""
    counts: dict[str, int]
    """By field of `Usage`."""
    units: dict[str, int] = field(default_factory=dict[str, int])
    conditions: dict[str, str | bool] = field(default_factory=dict[str, "str | bool"])
    parts: list[ResponseUsage] = field(default_factory=list[ResponseUsage])
    assumptions: list[Assumption] = field(default_factory=list[Assumption])
    model: str | None = None
    provider: str | None = None
    at: datetime | None = None
    stated_cost: Decimal | None = None
    requests: int | None = None
    api: str = ""
    """Name of the format."""
    summed: str = ""
    """What the format's own total is the sum of; empty where it has none to be held against."""
    taken: set[str] = field(default_factory=set[str])
    """Names of counts that were read beside those of the table."""

    def assume(self, sentence: str, code: str = "response") -> None:
        """Say what the reading rests on."""
        self.assumptions.append(Assumption(code, sentence))

    def take(self, name: str, *paths: str) -> None:
        """Take a count that is written under one of several names; two that differ are an error."""
        found = {path: fields.count(self.usage, path) for path in paths}
        self.taken.update(paths)
        stated = {path: number for path, number in found.items() if number}
        if len(set(stated.values())) > 1:
            said = " and ".join(f"{path} is {number:,}" for path, number in stated.items())
            raise self.contradiction(f"{said}, and they are one count")
        self.counts[name] = max(found.values())

    def add_unit(self, meter: str, number: int) -> None:
        """Add to the units of a meter."""
        self.units[meter] = self.units.get(meter, 0) + number

    def contradiction(self, what: str) -> UsageError:
        """Return the error of a usage that cannot be as it says."""
        msg = f"a usage of {self.api} contradicts itself: {what}; {WHOSE}"
        return UsageError(msg, api=self.api)

    def unclear(self, what: str) -> UsageError:
        """Return the error of a usage that does not say enough."""
        msg = f"a usage of {self.api} does not say enough: {what}; {WHOSE}"
        return UsageError(msg, api=self.api, unclear=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """A wire format of a usage; paths are those of `fields`.

    Counts are read, refined, and then held against the format's own total where it has one: a
    usage that contradicts itself is an error, never a silent choice.
    """

    name: str
    """provider-api, such as openai-chat; the API alone where several providers speak it."""
    provider: str | None = None
    """Who bills what has this shape; None where several do."""
    usage: str = "usage"
    """Path of the usage object in a response."""
    marks: tuple[str, ...] = ()
    """Paths in the usage object any of which tells this format from those that are held after it.
    `a & b` is both, `!a` that there is no a, and `?a` that there is one, be it null."""
    signs: Mapping[str, str] = field(default_factory=dict[str, str])
    """Paths in the response, and the text there that tells it; `*` is any, also at its end."""
    counts: Mapping[str, str]
    """By field of `Usage`, the sum of paths in the usage object."""
    units: Mapping[str, str] = field(default_factory=dict[str, str])
    """By meter, the same for what is not tokens."""
    total: str = ""
    """Path of the format's own total of tokens; empty where it has none."""
    summed: str = ""
    """What that total is the sum of."""
    watched: bool = False
    """Whether a count of tokens that stands beside those that are read is worth a word."""
    conditions: Mapping[str, str] = field(default_factory=dict[str, str])
    """By condition, the path in the response, or with `usage:` before it in the usage object."""
    cost: str = ""
    """Path of the stated cost in the usage object, in US dollars."""
    model: str = "model"
    """Path of the model id in the response."""
    id: str = "id"
    """Path of the response's id."""
    created: str = "created|created_at"
    """Path of the time of the response: seconds since 1970, or ISO text."""
    refine: Callable[[Draft], None] | None = None
    """What no table can say."""

    def fits(self, response: Any, usage: Any) -> bool:
        """Return whether a response, or a usage object alone, is unmistakably of this format."""
        return self.marked(usage) or any(
            _tells(response, path, wanted) for path, wanted in self.signs.items()
        )

    def marked(self, usage: Any) -> bool:
        """Return whether a usage object is unmistakably of this format by itself."""
        return any(_marked(usage, mark) for mark in self.marks)

    def counted(self, usage: Any) -> bool:
        """Return whether a usage object states anything that this format counts."""
        specs = (*self.counts.values(), *self.units.values())
        return any(fields.has(usage, path) for spec in specs for path in spec.split("+"))

    def read(self, response: Any, usage: Any, provider: str | None = None) -> ResponseUsage:
        """Return the usage; `UsageError` where it contradicts itself."""
        draft = Draft(
            response,
            usage,
            {name: fields.total(usage, spec) for name, spec in self.counts.items()},
            units={name: fields.total(usage, spec) for name, spec in self.units.items()},
            model=fields.text(response, self.model),
            provider=provider or self.provider,
            stated_cost=fields.amount(usage, self.cost) if self.cost else None,
            api=self.name,
            summed=self.summed,
        )
        draft.at = moment(draft, fields.value(response, self.created))
        for key, path in self.conditions.items():
            where = usage if path.startswith("usage:") else response
            found = fields.text(where, path.removeprefix("usage:"))
            if found is not None:
                draft.conditions[key] = found
        if self.refine is not None:
            self.refine(draft)
        self._check(draft)
        if self.watched:
            self._say_unread(draft)
        return self._made(draft)

    def _check(self, draft: Draft) -> None:
        """Hold the counts against the format's own total; a total of 0 is none."""
        if not self.total or not draft.summed:
            return
        stated = fields.count(draft.usage, self.total)
        summed = fields.total(draft.usage, draft.summed)
        if not stated and self.watched:
            self._say_missing(draft)
        if stated and stated != summed:
            parts = ", ".join(
                f"{_spelled(draft.usage, path.strip())} {fields.total(draft.usage, path):,}"
                for path in draft.summed.split("+")
            )
            total = _spelled(draft.usage, self.total)
            raise draft.contradiction(
                f"{total} is {stated:,} and its parts are {parts}, together {summed:,}"
            )

    def _say_missing(self, draft: Draft) -> None:
        """Name a count that is not stated where no total says that it is none."""
        for path in map(str.strip, draft.summed.split("+")):
            if not fields.has(draft.usage, path):
                draft.assume(f"{path} is not stated; what it would have cost is not in the cost")

    def _say_unread(self, draft: Draft) -> None:
        """Name the counts of tokens that nothing here reads, and a cost; they may be billed.

        A total that a format does not have is none of them.
        """
        if fields.has(draft.usage, "cost") and draft.stated_cost is None and not self.cost:
            draft.assume(
                f"the usage states a cost of {fields.value(draft.usage, 'cost')}, which is no "
                f"field of {self.name}; {AS_WHOSE}"
            )
        read = {path for spec in self.counts.values() for path in spec.split(" + ")}
        for name, number in fields.entries(draft.usage, "").items():
            if (
                name.endswith("_tokens")
                and name not in {*read, *draft.taken, self.total, "total_tokens"}
                and number
            ):
                draft.assume(
                    f"{name} of the usage, {number}, are no count of {self.name}: not billed"
                )

    def _made(self, draft: Draft) -> ResponseUsage:
        counts: dict[str, Any] = dict(draft.counts)
        try:
            return ResponseUsage(
                **counts,
                units={name: number for name, number in draft.units.items() if number},
                requests=draft.requests,
                api=self.name,
                model=draft.model,
                provider=draft.provider,
                at=draft.at,
                id=fields.text(draft.response, self.id),
                conditions=draft.conditions,
                stated_cost=draft.stated_cost,
                parts=tuple(draft.parts),
                assumptions=tuple(draft.assumptions),
            )
        except UsageError as error:
            raise draft.contradiction(str(error).partition(";")[0]) from error


def _spelled(usage: Any, path: str) -> str:
    """Return a path as the usage spells it, of those that it may have."""
    spellings = path.split("|")
    return next((each for each in spellings if fields.has(usage, each)), spellings[0])


def _marked(usage: Any, mark: str) -> bool:
    """Return whether all paths of a mark are there, and none of those that must not be."""
    return all(_there(usage, path) for path in mark.split(" & "))


def _there(usage: Any, path: str) -> bool:
    if path[0] == "!":
        return not fields.has(usage, path[1:])
    return fields.named(usage, path[1:]) if path[0] == "?" else fields.has(usage, path)


def _tells(response: Any, path: str, wanted: str) -> bool:
    if wanted == "*":
        return fields.has(response, path)
    text = fields.text(response, path) or ""
    return text.startswith(wanted[:-1]) if wanted.endswith("*") else text == wanted


def moment(draft: Draft, found: Any) -> datetime | None:
    """Return an instant from seconds since 1970, ISO text or a datetime; None for anything else.

    A time without a zone is not taken: nobody says whose it is.
    """
    if isinstance(found, int | float) and not isinstance(found, bool) and found > 0:
        try:
            return datetime.fromtimestamp(found, UTC)
        except (ValueError, OverflowError, OSError):
            draft.assume(
                f"the response's time {found} lies beyond the year 9999 as seconds since 1970, so "
                f"it is not taken; {AT}"
            )
    if isinstance(found, str | datetime):
        try:
            return instants.to_datetime(instants.parse(found))
        except UsageError:
            return None
    return None
