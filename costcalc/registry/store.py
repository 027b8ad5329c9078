"""Where a registry's records stand: in memory, in compiled lines, or one over the other.

The compiled form is text: a header, then `name<TAB>JSON` sorted by the bytes of the name. It is
read whole and bisected, so that the first price parses two or three lines and not the list.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Protocol

    Record = dict[str, Any]

    class Store(Protocol):
        """Records by lower-case name."""

        @property
        def digest(self) -> str:
            """Name the content: equal digests, equal prices."""
            ...

        def find(self, name: str) -> Record | None:
            """Return `{"models": [...], "aliases": [...]}` of a lower-case name."""
            ...

        def provider(self, name: str) -> Record | None:
            """Return a provider's record by id or prefix; it carries its `id`."""
            ...

        def seller_of(self, record: Record) -> Record:
            """Return the fees and rules that hold for a model's record."""
            ...

        def calendar(self, name: str) -> Record | None:
            """Return a calendar."""
            ...

        def calendar_names(self) -> list[str]:
            """Return the names of the calendars."""
            ...

        def names(self) -> Iterator[str]:
            """Iterate over all names of models, aliases included."""
            ...

        def providers(self) -> list[str]:
            """Return the ids of the providers, sorted."""
            ...

        def records(self) -> Iterator[Record]:
            """Iterate over the records of all models, sorted by name."""
            ...


__all__ = [
    "FORMAT",
    "CompiledStore",
    "Entries",
    "LayeredStore",
    "compiled_text",
    "holds",
    "sellers_of",
]

FORMAT = 1
"""Number of the compiled form; another number is rebuilt or refused."""

# Names of models have no space, so these keys cannot collide with one.
_PROVIDER = "provider "
_CALENDAR = "calendar "


class Entries:
    """Records in memory, as price files and overlays give them."""

    def __init__(self, calendars: dict[str, Any] | None = None) -> None:
        self.by_name: dict[str, Record] = {}
        self.sellers: dict[str, Record] = {}
        self.calendars: dict[str, Any] = calendars if calendars is not None else {}
        self._digest: str | None = None

    @property
    def digest(self) -> str:
        """Name the content by its SHA-256."""
        if self._digest is None:
            self._digest = digest_of("\n".join(_lines(self)))
        return self._digest

    def add_model(self, record: Record) -> None:
        """Add a model under its own id."""
        self._entry(record["id"]).setdefault("models", []).append(record)

    def add_alias(self, provider: str, model: str, alias: Record) -> None:
        """Add another name of a provider's model."""
        said = {key: value for key, value in alias.items() if key != "id"}
        entry = {"provider": provider, "model": model, **said}
        self._entry(alias["id"]).setdefault("aliases", []).append(entry)

    def _entry(self, name: str) -> Record:
        return self.by_name.setdefault(name.lower(), {})

    def find(self, name: str) -> Record | None:
        """Return the entry of a lower-case name."""
        return self.by_name.get(name)

    def provider(self, name: str) -> Record | None:
        """Return a provider's record by id or prefix."""
        if name in self.sellers:
            return {"id": name, **self.sellers[name]}
        for seller, record in self.sellers.items():
            if name in record["prefixes"]:
                return {"id": seller, **record}
        return None

    def seller_of(self, record: Record) -> Record:
        """Return the fees and rules that hold for a model's record."""
        return self.provider(record["provider"]) or _NOBODY

    def calendar(self, name: str) -> Record | None:
        """Return a calendar."""
        return self.calendars.get(name)

    def calendar_names(self) -> list[str]:
        """Return the names of the calendars."""
        return sorted(self.calendars)

    def names(self) -> Iterator[str]:
        """Iterate over all names of models."""
        yield from sorted(self.by_name)

    def providers(self) -> list[str]:
        """Return the ids of the providers."""
        return sorted(self.sellers)

    def records(self) -> Iterator[Record]:
        """Iterate over the records of all models."""
        for name in sorted(self.by_name):
            yield from self.by_name[name].get("models", ())


def digest_of(text: str) -> str:
    """Return the first 16 hex digits of a text's SHA-256."""
    import hashlib  # the bundled list carries its digest and never needs it

    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _lines(entries: Entries) -> list[str]:
    found = {f"{_CALENDAR}{name}": each for name, each in entries.calendars.items()}
    for seller, record in entries.sellers.items():
        found[_PROVIDER + seller] = {"id": seller, **record}
        for prefix in record["prefixes"]:
            found[_PROVIDER + prefix] = {"is": seller}
    found.update(entries.by_name)
    ordered = sorted(found, key=lambda name: name.encode())
    return [f"{name}\t{_json(found[name])}" for name in ordered]


def compiled_text(entries: Entries, sources: list[list[Any]] | None = None) -> str:
    """Return the compiled form; `sources` are the files it was made from: name, size, mtime."""
    header = {"digest": entries.digest, "format": FORMAT, "sources": sources or []}
    return "\n".join([f"costcalc\t{_json(header)}", *_lines(entries), ""])


class CompiledStore:
    """Records in the compiled form, found by bisection; lines are parsed as they are needed."""

    def __init__(self, data: bytes) -> None:
        first, _, _ = data.partition(b"\n")
        name, _, header = first.partition(b"\t")
        try:
            self.header: Record = json.loads(header) if name == b"costcalc" else {}
        except ValueError:
            self.header = {}
        if not isinstance(self.header, dict) or self.header.get("format") != FORMAT:  # pyright: ignore[reportUnnecessaryIsInstance] - it was read from a file
            msg = f"these compiled prices are not of format {FORMAT}; rebuild them from the YAML"
            raise ValueError(msg)
        self._data = data
        self._start = len(first) + 1

    @property
    def digest(self) -> str:
        """Name the content, as it was computed when it was compiled."""
        return self.header["digest"]

    def _get(self, name: str) -> Record | None:
        data = self._data
        key = name.encode(errors="replace") + b"\t"
        low, high = self._start, len(data)
        while low < high:
            begin = data.rfind(b"\n", 0, (low + high) // 2) + 1
            begin = max(begin, low)
            tab = data.index(b"\t", begin) + 1
            found = data[begin:tab]
            if found == key:
                return json.loads(data[tab : data.index(b"\n", tab)])
            # compared without the tab, as sorted: "a" comes before "a-b", and a tab before "-"
            if found[:-1] < key[:-1]:
                low = data.index(b"\n", tab) + 1
            else:
                high = begin
        return None

    def find(self, name: str) -> Record | None:
        """Return the entry of a lower-case name."""
        return None if " " in name or "\t" in name or "\n" in name else self._get(name)

    def provider(self, name: str) -> Record | None:
        """Return a provider's record by id or prefix."""
        record = self._get(_PROVIDER + name)
        return self._get(_PROVIDER + record["is"]) if record and "is" in record else record

    def seller_of(self, record: Record) -> Record:
        """Return the fees and rules that hold for a model's record."""
        return self.provider(record["provider"]) or _NOBODY

    def calendar(self, name: str) -> Record | None:
        """Return a calendar."""
        return self._get(_CALENDAR + name)

    def calendar_names(self) -> list[str]:
        """Return the names of the calendars."""
        found = (name for name, _ in self._split() if name.startswith(_CALENDAR))
        return [name.removeprefix(_CALENDAR) for name in found]

    def _split(self) -> Iterator[tuple[str, bytes]]:
        for line in self._data[self._start :].splitlines():
            name, _, value = line.partition(b"\t")
            yield name.decode(), value

    def names(self) -> Iterator[str]:
        """Iterate over all names of models."""
        return (name for name, _ in self._split() if " " not in name)

    def providers(self) -> list[str]:
        """Return the ids of the providers."""
        return [
            name.removeprefix(_PROVIDER)
            for name, value in self._split()
            if name.startswith(_PROVIDER) and b'{"is":' not in value
        ]

    def records(self) -> Iterator[Record]:
        """Iterate over the records of all models."""
        for name, value in self._split():
            if " " not in name:
                yield from json.loads(value).get("models", ())


_KINDS = ("models", "aliases")


def sellers_of(entry: Record) -> set[str]:
    """Return the providers whose models, or aliases, an entry of a name has."""
    return {each["provider"] for kind in _KINDS for each in entry.get(kind, ())}


_NOBODY: Record = {"fees": {}, "rules": [], "cache": {}}


def holds(store: Store, record: Record) -> bool:
    """Return whether a store has this very record of a model."""
    entry = store.find(record["id"].lower()) or {}
    return any(each == record for each in entry.get("models", ()))


class LayeredStore:
    """One store over another: a model of the upper replaces the lower's, all else adds up."""

    def __init__(self, upper: Store, lower: Store) -> None:
        self._upper = upper
        self._lower = lower

    @property
    def digest(self) -> str:
        """Name the content by both layers."""
        return digest_of(f"{self._upper.digest} over {self._lower.digest}")

    def find(self, name: str) -> Record | None:
        """Return the entry of a lower-case name, the upper layer's models and aliases first.

        `below` names the sellers of the lowest layer that has the name: what is laid over it does
        not become a model's maker by having a list of its own.
        """
        upper, lower = self._upper.find(name), self._lower.find(name)
        if upper is None or lower is None:
            return upper or lower
        taken = sellers_of(upper)
        return {
            "below": lower.get("below") or sorted(sellers_of(lower)),
            **{
                kind: [
                    *upper.get(kind, ()),
                    *(each for each in lower.get(kind, ()) if each["provider"] not in taken),
                ]
                for kind in _KINDS
            },
        }

    def provider(self, name: str) -> Record | None:
        """Return a provider's record: fees merged by meter, the rest the upper layer's first."""
        lower = self._lower.provider(name)
        upper = self._upper.provider(lower["id"] if lower else name)
        if upper is None or lower is None:
            return upper or lower
        if upper["id"] != lower["id"]:
            return lower  # a prefix above does not take a provider's name away
        merged = {**lower, **{key: value for key, value in upper.items() if value}}
        return {**merged, "fees": {**lower["fees"], **upper["fees"]}}

    def seller_of(self, record: Record) -> Record:
        """Return what holds for a record: fees of all layers, rules of its own layer or below."""
        if holds(self._upper, record):
            return self.provider(record["provider"]) or _NOBODY
        below = self._lower.seller_of(record)
        upper = self._upper.provider(record["provider"])
        return {**below, "fees": {**below["fees"], **upper["fees"]}} if upper else below

    def calendar(self, name: str) -> Record | None:
        """Return a calendar, the upper layer's first."""
        return self._upper.calendar(name) or self._lower.calendar(name)

    def calendar_names(self) -> list[str]:
        """Return the names of the calendars."""
        return sorted({*self._upper.calendar_names(), *self._lower.calendar_names()})

    def names(self) -> Iterator[str]:
        """Iterate over all names of models."""
        yield from sorted({*self._upper.names(), *self._lower.names()})

    def providers(self) -> list[str]:
        """Return the ids of the providers."""
        return sorted({*self._upper.providers(), *self._lower.providers()})

    def records(self) -> Iterator[Record]:
        """Iterate over the records of all models."""
        for name in self.names():
            yield from (self.find(name) or {}).get("models", ())
