"""Pinned prices as a table: what is pinned, what holds, and what needs somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costcalc.cli import amounts
from costcalc.cli.tables import Column, Grid, Screen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costcalc.cli.pins_state import PinState, States

__all__ = ["print_states"]


def print_states(states: States, *, only_bad: bool) -> None:
    """Print the pins, or those only that are not as they are pinned."""
    screen = Screen()
    shown = states.bad() if only_bad else states.pins
    at = amounts.moment(states.at)
    pins = amounts.counted(len(states.pins), "pin")
    bad = len(states.bad())
    holds = "all hold" if not bad else f"{bad} {'does' if bad == 1 else 'do'} not hold"
    screen.print(f"{states.name}: {pins} at {at}, {holds}", style="bold")
    if not shown:
        return
    screen.print()
    grid = Grid(
        Column("pin", fold=True), Column("meter"), Column("pinned", right=True),
        Column("is", right=True), Column("change", right=True), Column("status"),
    )  # fmt: skip
    for state in shown:
        for number, row in enumerate(_rows(state)):
            name = state.pin.label() if not number else ""
            grid.add(name, *row, style="bold" if state.status != "holds" else "")
    grid.show(screen)
    facts = list(_facts(shown))
    if facts:
        screen.print()
        screen.facts(facts)


def _rows(state: PinState) -> Iterator[tuple[str, str, str, str, str]]:
    """Iterate over the meters of a pin; its status stands at the first."""
    currency = state.pin.currency or "USD"
    moved = {each.meter: each for each in state.moved}
    status = state.status
    for meter, was in state.pin.rates.items():
        change = moved[meter].change() if meter in moved else ""
        if state.card is None:
            now = "–"
        elif meter in moved and moved[meter].rate is None:
            now = "none"
        else:
            now = amounts.rate(state.card.rate(meter), state.card.currency)
        yield meter, amounts.rate(was, currency), now, change, status
        status = ""


def _facts(shown: tuple[PinState, ...]) -> Iterator[tuple[str, str]]:
    for state in shown:
        pin, card = state.pin, state.card
        if state.moved and card is not None:
            checked = f", checked {card.checked}" if card.checked else ""
            source = f"; {card.source}{checked}" if card.source else ""
            yield "moved", f"{pin.label()}: {state.billed}{source}"
        if state.error:
            yield "no price", state.error
        if state.expired:
            yield "expired", f"{pin.label()} on {pin.expires}; compare it, then set a later day"
        if state.status != "holds" and pin.reason:
            yield "reason", f"{pin.label()}: {pin.reason}"
        if state.later:
            yield "later", state.later
