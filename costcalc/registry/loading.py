"""From YAML to records: validated price files in the one form that the engine reads.

A record is plain JSON data: instants as ISO text, numbers as decimal text, periods closed by their
successor, `source` and `checked` inherited downwards, calendars as intervals of microseconds.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ValidationError

from costcalc import instants
from costcalc.errors import RegistryError
from costcalc.meters import METERS
from costcalc.money import text_of
from costcalc.registry import conditions as conds
from costcalc.registry.documents import Document, parse_documents
from costcalc.registry.problems import dotted, problems_of, told
from costcalc.registry.schema import Alias, CalendarFile, Model, Period, PriceFile, Rule
from costcalc.registry.store import Entries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from costcalc.registry.schema import Calendar

__all__ = ["load_files", "load_text", "read_price_files", "read_text"]

Record = dict[str, Any]
Place = tuple[int | str, ...]
_INHERITED = ("source", "checked", "note")
_COUNTING = ("tokenizer", "media")  # a null is kept: it takes the provider's away
_GRAINS = ("minimum", "round_up")


def load_text(text: str, path: str, calendars: dict[str, Any] | None = None) -> Entries:
    """Return the entries of one YAML text; `calendars` are known beside its own."""
    return _entries(parse_documents(text, path), calendars or {}, path)


def load_files(paths: Iterable[Path]) -> Entries:
    """Return the entries of several price files, as one registry."""
    documents: list[Document] = []
    for path in paths:
        documents += parse_documents(read_text(path), str(path))
    return _entries(documents, {}, None)


def read_price_files(folder: Path) -> list[Path]:
    """Return the price files of a folder and its folders, in a fixed order."""
    return sorted(folder.rglob("*.yaml"), key=lambda path: path.relative_to(folder).as_posix())


def read_text(path: Path) -> str:
    """Return the text of a price file; `RegistryError` where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        msg = f"this is no UTF-8 text: {error.reason} at byte {error.start}"
        raise RegistryError(msg, path=str(path)) from None
    except (OSError, ValueError) as error:
        msg = f"cannot read the price file: {getattr(error, 'strerror', None) or error}"
        raise RegistryError(msg, path=str(path)) from None


def _entries(documents: list[Document], calendars: dict[str, Any], path: str | None) -> Entries:
    calendars = dict(calendars)
    files: list[tuple[Document, PriceFile]] = []
    for document in documents:
        if document.value is None:
            continue
        parsed = _validate(document)
        for name, calendar in parsed.calendars.items():
            calendars[name] = _calendar(document, name, calendar)
        if isinstance(parsed, PriceFile):
            files.append((document, parsed))
    builder = _Builder(calendars)
    for document, parsed in files:
        builder.add(document, parsed)
    if not files and not calendars:
        msg = "there are no prices here; a price file needs 'provider' and 'models'"
        raise RegistryError(msg, path=documents[0].path if documents else path)
    return builder.entries


def _validate(document: Document) -> PriceFile | CalendarFile:
    value = document.value
    if not isinstance(value, dict):
        msg = f"a price file is a mapping with 'provider' and 'models', not {value!r:.60}"
        raise RegistryError(msg, path=document.path, line=1)
    grammar = PriceFile if {"provider", "models"} & set(value) else CalendarFile
    try:
        return grammar.model_validate(value)
    except ValidationError as error:
        problems = problems_of(document, error)
        where, message = problems[0]
        raise RegistryError(
            message,
            path=document.path,
            line=document.line(where),
            key=dotted(where) or None,
            problems=told(document, problems),
        ) from None


def _calendar(document: Document, name: str, calendar: Calendar) -> Record:
    """Return a calendar as intervals of microseconds, so that pricing needs no time zones."""
    try:
        zone = ZoneInfo(calendar.zone)
    except (ZoneInfoNotFoundError, ValueError):
        msg = f"{calendar.zone!r} is no IANA time zone, such as Asia/Shanghai"
        line = document.line(("calendars", name, "zone"))
        raise RegistryError(msg, path=document.path, line=line, key=f"calendars.{name}") from None

    def midnight(day: str, later: int = 0) -> int:
        local = datetime.combine(date.fromisoformat(day) + timedelta(later), datetime.min.time())
        return instants.from_datetime(local.replace(tzinfo=zone).astimezone(UTC))

    days = [[midnight(each), midnight(each, 1)] for each in sorted(calendar.dates)]
    return {"days": days, "until": midnight(calendar.until) if calendar.until else None}


class _Builder:
    """Collects the records of price files under every name that leads to them."""

    def __init__(self, calendars: dict[str, Any]) -> None:
        self.entries = Entries(calendars=calendars)
        self._calendars = calendars
        self._defined: dict[tuple[str, str], list[tuple[int, int, str]]] = {}
        self._prefixes: dict[str, str] = {}

    def add(self, document: Document, parsed: PriceFile) -> None:
        """Add one file; an id, an alias or a provider that is there already is an error."""
        seller = parsed.provider
        if seller in self.entries.sellers:
            self._fail(document, ("provider",), f"provider {seller!r} has a file already")
        self._spell(document, seller, parsed.prefixes)
        self.entries.sellers[seller] = {
            "name": parsed.name,
            "resells": parsed.resells,
            "prefixes": list(parsed.prefixes),
            "fees": {name: text_of(rate) for name, rate in parsed.fees.items()},
            "rules": self._rules(document, ("rules",), parsed.rules),
            "cache": _dump(parsed.cache),
            **_present(parsed, *_GRAINS, *_COUNTING),
        }
        top = _sourced(parsed, {})
        for name, model in parsed.models.items():
            self._add_model(document, parsed, name, model, top)

    def _add_model(
        self, document: Document, parsed: PriceFile, name: str, model: Model, top: Record
    ) -> None:
        where = ("models", name)
        inherited = _sourced(model, top)
        record: Record = {
            "provider": parsed.provider,
            "id": name,
            "maker": model.maker or (None if parsed.resells else parsed.provider),
            "currency": parsed.currency,
            **_present(
                model,
                "name",
                "context_window",
                "max_output",
                "retired",
                "redirects_to",
                "replacement",
            ),
            **{key: getattr(model, key) for key in _COUNTING if key in model.model_fields_set},
            **inherited,
        }
        if model.output_tokens_per_second is not None:
            record["output_tokens_per_second"] = text_of(model.output_tokens_per_second)
        if model.redirect_disputed:
            record["redirect_disputed"] = model.redirect_disputed.model_dump()
        if model.cache:
            record["cache"] = _dump(model.cache)
        record["prices"] = self._periods(document, where, model, inherited)
        record["aliases"] = [self._alias(alias) for alias in model.aliases]
        self._define(document, where, parsed.provider, {"id": name})
        self.entries.add_model(record)
        for number, alias in enumerate(record["aliases"]):
            self._define(document, (*where, "aliases", number), parsed.provider, alias)
            self.entries.add_alias(parsed.provider, name, alias)

    def _define(self, document: Document, where: Place, seller: str, alias: Record) -> None:
        """Note that a name is taken for a time; twice within one provider is an error."""
        start = instants.parse(alias["from"]) if "from" in alias else instants.NEVER
        end = instants.parse(alias["until"]) if "until" in alias else instants.FOREVER
        taken = self._defined.setdefault((seller, alias["id"].lower()), [])
        for first, last, place in taken:
            if start < last and first < end:
                self._fail(document, where, f"{alias['id']!r} is defined already in {place}")
        taken.append((start, end, f"{document.path}:{document.line(where)}"))

    def _spell(self, document: Document, seller: str, prefixes: tuple[str, ...]) -> None:
        """Note how a provider is spelled before a model; one spelling means one provider."""
        for prefix in (seller, *prefixes):
            other = self._prefixes.setdefault(prefix, seller)
            if other != seller:
                message = f"the prefix {prefix!r} means {other!r} already"
                self._fail(document, ("prefixes",), message)

    def _fail(self, document: Document, where: Place, message: str) -> None:
        key = ".".join(str(each) for each in where)
        raise RegistryError(message, path=document.path, line=document.line(where), key=key)

    @staticmethod
    def _alias(alias: str | Alias) -> Record:
        if isinstance(alias, str):
            return {"id": alias}
        dumped: Record = alias.model_dump(by_alias=True, exclude_none=True)
        return dumped

    def _periods(
        self, document: Document, where: tuple[str, ...], model: Model, top: Record
    ) -> list[Record]:
        if not model.prices:
            return [self._period(document, where, model, {})]
        found: list[Record] = []
        for number, period in enumerate(model.prices):
            record = self._period(document, (*where, "prices", number), period, top)
            if found and "until" not in found[-1]:
                found[-1]["until"] = record["from"]
            found.append(record)
        return found

    def _period(
        self, document: Document, where: tuple[str | int, ...], period: Period, top: Record
    ) -> Record:
        record: Record = {}
        if period.from_:
            record["from"] = period.from_
        if period.until:
            record["until"] = period.until
        record["rates"] = _rates(period)
        if period.rules:
            record["rules"] = self._rules(document, (*where, "rules"), period.rules)
        record.update(_present(period, *_GRAINS, "allowance"))
        if period.cache and not isinstance(period, Model):
            record["cache"] = _dump(period.cache)
        mine = _sourced(period, {})
        record.update({key: value for key, value in mine.items() if value != top.get(key)})
        return record

    def _rules(
        self, document: Document, where: tuple[str | int, ...], rules: tuple[Rule, ...]
    ) -> list[Record]:
        found: list[Record] = []
        for number, rule in enumerate(rules):
            when = rule.when.model_dump(exclude_none=True)
            calendar = when.get("not_holiday")
            if calendar and calendar not in self._calendars:
                known = ", ".join(sorted(self._calendars)) or "none"
                msg = f"there is no calendar {calendar!r}; known: {known}"
                self._fail(document, (*where, number, "if", "not_holiday"), msg)
            record: Record = {"if": {key: conds.as_list(each) for key, each in when.items()}}
            rates = _rates(rule)
            if rates:
                record["rates"] = rates
            if isinstance(rule.times, Decimal):
                record["times"] = text_of(rule.times)
            elif rule.times:
                record["times"] = {name: text_of(each) for name, each in rule.times.items()}
            if rule.offered is False:
                record["offered"] = False
            if rule.from_:
                record["from"] = rule.from_
            if rule.until:
                record["until"] = rule.until
            record.update(_present(rule, *_GRAINS, "source", "note"))
            found.append(record)
        return found


def _rates(period: Any) -> dict[str, str]:
    return {name: text_of(rate) for name in METERS if (rate := getattr(period, name)) is not None}


def _sourced(model: Any, inherited: Record) -> Record:
    return {**inherited, **_present(model, *_INHERITED)}


def _present(model: BaseModel, *names: str) -> Record:
    return {name: value for name in names if (value := getattr(model, name)) is not None}


def _dump(policy: BaseModel | None) -> Record:
    """Return a cache policy with exactly the keys that were written, null kinds included."""
    return policy.model_dump(exclude_unset=True) if policy else {}
