"""Why logs and a bill differ: each reason is arithmetic that is checked on every row it takes.

A row is taken whole and once, by the first reason that accounts for it to the digit, or to half a
unit of the last decimal of each amount of the bill. What no reason takes stays unexplained.
"""

from __future__ import annotations

from decimal import Decimal

from costcalc.logs.reconcile_rates import conditions_of, moved_lives, priced_under, rate_of
from costcalc.logs.reconcile_words import days_of, listed, models_of, runs_of, said_of
from costcalc.logs.reconciliation import Explanation, added
from costcalc.meters import METERS
from costcalc.money import EXACT, ZERO, normal, quotient
from costcalc.report.amounts import counted, exact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from costcalc.logs.reconcile_cells import Cell, Key
    from costcalc.registry.registry import Registry

__all__ = ["Reasons"]

_FACTOR_PLACES = 4
"""Decimals of a factor that somebody can have agreed on: 0.9, 1.1, 0.8575."""
_TELLING = 100
"""A row tells a rate where rounding is at most a hundredth of it."""
_LIVES = (("cache_write", "cache_write_1h"), ("cache_write_1h", "cache_write"))
_ENOUGH = 2
"""Rows that must tell the same factor: one alone always has one."""


class Reasons:
    """Takes rows for reasons, and keeps what each accounts for."""

    def __init__(
        self,
        cells: dict[Key, Cell],
        half: Decimal,
        currency: str,
        registry: Registry,
        span: tuple[str | None, str | None],
    ) -> None:
        self.cells = cells
        self.found: list[Explanation] = []
        self._half = half
        self._currency = currency
        self._registry = registry
        self._first, self._last = span

    def open(self) -> list[Key]:
        """Return the rows that differ and that no reason took."""
        return [key for key, cell in self.cells.items() if not cell.reason and cell.difference]

    def bound(self, cell: Cell) -> Decimal:
        """Return how far a row may be off by the rounding of its amounts."""
        return EXACT.multiply(self._half, Decimal(cell.amounts))

    def take(
        self, code: str, keys: Sequence[Key], text: str, factor: Decimal | None = None
    ) -> None:
        """Account for the whole difference of some rows."""
        amount = added(self.cells[key].difference for key in keys)
        for key in keys:
            self.cells[key].reason = code
        self.found.append(
            Explanation(
                code=code,
                amount=amount,
                text=text,
                rows=len(keys),
                models=tuple(dict.fromkeys(key[1] for key in keys if key[1] is not None)),
                days=tuple(sorted({key[0] for key in keys if key[0] is not None})),
                factor=factor,
            )
        )

    def money(self, amount: Decimal) -> str:
        """Return an amount as people read it, all its digits."""
        return exact(amount, self._currency)

    def rounding(self) -> None:
        """Take rows that differ by no more than their rounding."""
        keys = [key for key in self.open() if self._fits(key, self.cells[key].logged)]
        if keys:
            most = added(self.bound(self.cells[key]) for key in keys)
            self.take(
                "rounding", keys,
                f"the bill writes its amounts with a limited number of decimals: "
                f"{counted(len(keys), 'row')} off by at most {self.money(most)} in all",
            )  # fmt: skip

    def _fits(self, key: Key, price: Decimal) -> bool:
        """Return whether a row's bill is a price, but for rounding."""
        cell = self.cells[key]
        return abs(EXACT.subtract(cell.billed, price)) <= self.bound(cell)

    def charges(self) -> None:
        """Take what is charged for no model and no tool: taxes, credits, purchases."""
        by_item: dict[str, list[Key]] = {}
        for key in self.open():
            if key[2] is not None and not self.cells[key].meters and not self.cells[key].logged:
                by_item.setdefault(key[2], []).append(key)
        for item, keys in by_item.items():
            self.take("charges", keys, f"the bill charges for {item}, which is no call of a model")

    def no_logs(self) -> None:
        """Take days of the bill on which the logs have no call at all."""
        days = sorted({key[0] for key in self.cells if key[0] is not None})
        logged = {key[0] for key, cell in self.cells.items() if cell.requests or cell.logged}
        empty = [day for day in days if day not in logged]
        for where, fits in (
            ("before", lambda day: self._first is None or day < self._first),
            ("after", lambda day: self._last is not None and day > self._last),
            ("within", lambda _: True),
        ):
            chosen = {day for day in empty if fits(day)}
            keys = [key for key in self.open() if key[0] in chosen]
            if keys:
                self.take("no_logs", keys, self._no_logs(where, days_of(keys)))

    def _no_logs(self, where: str, said: str) -> str:
        if self._first is None:
            return f"there is no call of this bill's models in the logs: {said}"
        if where == "before":
            return (
                f"the logs begin on {self._first}: none is there of {said}; agents delete old "
                "logs, Claude Code after 30 days"
            )
        if where == "after":
            return f"the logs end on {self._last}: none is there of {said}"
        return f"there is no call in the logs on {said}"

    def unpriced(self) -> None:
        """Take models whose calls have no price, with the rate that the bill implies."""
        for model, keys in self._by_model(lambda cell: bool(cell.unpriced) and not cell.logged):
            self.take("unpriced", keys, f"calls of {model} have no price; {self._implied(keys)}")

    def _implied(self, keys: Sequence[Key]) -> str:
        """Return what the bill says that tokens cost: by meter where it does, else over all."""
        cells = [self.cells[key] for key in keys]
        billed = added(cell.billed for cell in cells)
        meters = {name for cell in cells for name in cell.meters}
        rates: list[str] = []
        for meter in sorted(meters):
            count = sum(cell.quantities.get(meter, 0) for cell in cells)
            amount = added(cell.meters.get(meter, ZERO) for cell in cells)
            if count:
                rates.append(f"{meter} {self._per_million(amount, count)}")
        count = sum(sum(cell.quantities.values()) for cell in cells)
        if rates:
            return f"the bill's {self.money(billed)} imply {', '.join(rates)} per 1M tokens"
        if not count:
            return f"the bill says {self.money(billed)}, and the logs no tokens"
        rate = self._per_million(billed, count)
        return (
            f"the bill's {self.money(billed)} for {count:,} tokens imply {rate} per 1M, all kinds "
            "alike"
        )

    def _per_million(self, amount: Decimal, count: int) -> str:
        rate = quotient(EXACT.multiply(amount, Decimal(1_000_000)), Decimal(count))
        return self.money(rate or ZERO)

    def missing_models(self) -> None:
        """Take models that only one of both sides has, on any day."""
        for model, keys in self._by_model(whole=lambda cell: not cell.logged and not cell.unpriced):
            self.take(
                "only_billed", keys,
                f"the logs have no call of {model}: other machines, keys or programs made them",
            )  # fmt: skip
        for model, keys in self._by_model(whole=lambda cell: not cell.billed):
            self.take(
                "only_logged", keys,
                f"the bill has no {model}: a subscription or another account paid for these calls",
            )  # fmt: skip

    def missing_days(self) -> None:
        """Take days on which only one of both sides has a model that both have on others."""
        for model, keys in self._by_model(lambda cell: not cell.logged and not cell.unpriced):
            self.take(
                "only_billed", keys,
                f"the logs have no call of {model} on {days_of(keys)}, and the bill has some",
            )  # fmt: skip
        for model, keys in self._by_model(lambda cell: not cell.billed):
            self.take(
                "only_logged", keys,
                f"the bill has no {model} on {days_of(keys)}: a subscription or another payer",
            )  # fmt: skip

    def _by_model(
        self,
        fits: Callable[[Cell], bool] | None = None,
        *,
        whole: Callable[[Cell], bool] | None = None,
    ) -> list[tuple[str, list[Key]]]:
        """Return open rows that fit, by model; with `whole`, of models all of whose rows do."""
        found: dict[str, list[Key]] = {}
        for key in self.open():
            if key[1] is not None and (fits is None or fits(self.cells[key])):
                found.setdefault(key[1], []).append(key)
        if whole is not None:
            others = {key[1] for key, cell in self.cells.items() if not whole(cell)}
            found = {model: keys for model, keys in found.items() if model not in others}
        return list(found.items())

    def time_zone(self, shifted: Iterable[tuple[str, dict[Key, Cell]]]) -> None:
        """Take models whose days all agree once the logs' days are those of another zone.

        A bill has one clock, so it is the zone that most rows agree in. Without one, models whose
        differences sum to nothing.
        """
        zone = ""
        keys: list[Key] = []
        for name, cells in shifted:
            agreeing = [
                key
                for _, each in self._by_model()
                if all(self._agrees(key, cells) for key in self._all_of(each))
                and any(self.cells[key].billed for key in each)
                for key in each
            ]
            if len(agreeing) > len(keys):
                zone, keys = name, agreeing
            if len(keys) == len(self.open()):
                break  # another zone cannot explain more, and each takes its time
        if keys:
            self.take(
                "time_zone", keys,
                f"days begin at another hour: with those of {zone} every row of {models_of(keys)} "
                "agrees",
            )  # fmt: skip
        for model, keys in self._by_model():
            if all(self._is_moved(run) for run in runs_of(keys)):
                rest = added(self.cells[key].difference for key in keys)
                self.take(
                    "time_zone", keys,
                    f"{model} moves between neighbouring days, and nothing is lost: its "
                    f"differences sum to {self.money(rest)}; the bill's days begin at another "
                    "hour than the logs'",
                )  # fmt: skip

    def _is_moved(self, keys: Sequence[Key]) -> bool:
        """Return whether the differences of neighbouring days sum to nothing, but for rounding."""
        cells = [self.cells[key] for key in keys]
        rest = added(cell.difference for cell in cells)
        return len(keys) >= _ENOUGH and abs(rest) <= added(map(self.bound, cells))

    def _all_of(self, keys: Sequence[Key]) -> list[Key]:
        """Return every row of the model of some rows, those that agree included."""
        return [key for key in self.cells if key[1] == keys[0][1]]

    def _agrees(self, key: Key, cells: dict[Key, Cell]) -> bool:
        other = cells.get(key)
        return self._fits(key, ZERO if other is None else other.logged)

    def conditions(self) -> None:
        """Take models of which every row is the price under another condition, or without one.

        Where several conditions have the same price, all of them are named.
        """
        for model, keys in self._telling():
            lines = [line for key in keys for line in self.cells[key].lines]
            known = conditions_of(self._registry, lines)
            for undone in (True, False):
                fitting = [
                    said
                    for said in known
                    if all(self._is_under(key, said, undone=undone) for key in keys)
                ]
                if fitting:
                    factor = self._factor(keys)
                    times = f", {factor:f} times the logs' price" if factor is not None else ""
                    how = "without" if undone else "under"
                    why = "say that, and the bill does not" if undone else "do not say it"
                    self.take(
                        "condition", keys,
                        f"every row of {model} is its price {how} {listed(fitting, ' or ')}"
                        f"{times}: the logs {why}",
                        factor,
                    )  # fmt: skip
                    break

    def _is_under(self, key: Key, said: str, *, undone: bool) -> bool:
        price = priced_under(
            self.cells[key].lines, self._registry, key[0] or self._last, said, undone=undone
        )
        return price is not None and self._fits(key, price)

    def lives(self) -> None:
        """Take models whose cache writes are billed at the rate of another life."""
        for model, keys in self._telling():
            for source, target in _LIVES:
                prices = {
                    key: moved_lives(
                        self.cells[key].lines, self._registry, key[0] or self._last, source, target
                    )
                    for key in keys
                }  # fmt: skip
                if all(
                    price is not None and self._fits(key, price[0]) for key, price in prices.items()
                ):
                    tokens = sum(price[1] for price in prices.values() if price is not None)
                    self.take(
                        "cache_ttl", keys,
                        f"{tokens:,} tokens that the logs have as {source} are billed as {target} "
                        f"for {model}: tokens × the difference of both rates",
                    )  # fmt: skip
                    break

    def factors(self) -> None:
        """Take rows that are all the same factor of the logs' price: of the bill, or of a model."""
        priced = [key for _, keys in self._priced() for key in keys] or self._unnamed()
        whole = self._factor(priced)
        groups = [("every row", priced)] if whole is not None else []
        groups += [(f"every row of {model}", keys) for model, keys in self._priced()]
        for what, keys in groups:
            factor = self._factor(keys)
            if factor is not None and not self.cells[keys[0]].reason:
                text = f"{what} is {factor:f} × the logs' price: {said_of(factor)}"
                self.take("factor", keys, text, factor)

    def _priced(self) -> list[tuple[str, list[Key]]]:
        """Return the open rows that both sides have, by model."""
        return self._by_model(lambda cell: bool(cell.logged and cell.billed and not cell.unpriced))

    def _telling(self) -> list[tuple[str, list[Key]]]:
        """Return the same of models with a row that tells a rate, since rounding hides little."""
        return [
            (model, keys)
            for model, keys in self._priced()
            if any(self._tells(self.cells[key]) for key in keys)
        ]

    def _tells(self, cell: Cell) -> bool:
        return self.bound(cell) * _TELLING <= cell.billed

    def _unnamed(self) -> list[Key]:
        """Return the open rows of a bill without models that both sides have."""
        return [
            key for key in self.open()
            if key[2] is None and self.cells[key].logged and self.cells[key].billed
        ]  # fmt: skip

    def _factor(self, keys: Iterable[Key]) -> Decimal | None:
        """Return the one short factor between logs and bill of all rows; None without any."""
        cells = [self.cells[key] for key in keys]
        telling = [cell for cell in cells if self._tells(cell)]
        if len(telling) < _ENOUGH:
            return None
        largest = max(telling, key=lambda cell: cell.logged)
        exactly = quotient(largest.billed, largest.logged) or ZERO
        for places in range(1, _FACTOR_PLACES + 1):
            factor = normal(round(exactly, places))
            if factor > 0 and all(
                abs(cell.billed - EXACT.multiply(factor, cell.logged)) <= self.bound(cell)
                for cell in cells
            ):
                return factor
        return None

    def tool_fees(self) -> None:
        """Take what the bill charges for tools that the logs do not tell of."""
        by_item: dict[str, list[Key]] = {}
        for key in self.open():
            if key[2] is not None:
                by_item.setdefault(key[2], []).append(key)
        for item, keys in by_item.items():
            amount = added(self.cells[key].difference for key in keys)
            less = "more" if amount > 0 else "less"
            self.take(
                "tool_fee", keys,
                f"the bill has {self.money(abs(amount))} {less} for {item} than the logs"
                f"{self._calls(item, abs(amount))}: tool calls stand in few logs",
            )  # fmt: skip

    def _calls(self, item: str, amount: Decimal) -> str:
        """Say how many of a tool's calls an amount is, where a price list has it."""
        for cell in self.cells.values():
            for line in cell.lines:
                rate = rate_of(self._registry, line, self._last, item)
                if rate and item in METERS:
                    per = METERS[item].per
                    count = quotient(EXACT.multiply(amount, Decimal(per)), rate) or ZERO
                    return f", {normal(round(count, 2)):,f} calls at {self.money(rate)} per {per:,}"
        return ""
