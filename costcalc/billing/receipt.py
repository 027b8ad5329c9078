"""The receipt of a cost as plain text: what a person who has to explain a bill wants to read."""

from __future__ import annotations

from decimal import Decimal, localcontext
from textwrap import wrap

from costcalc import instants
from costcalc.errors import UsageError
from costcalc.money import HALF_EVEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.billing.cost import Cost

__all__ = ["formatted", "receipt", "sentence"]

_WIDTH = 92
_NAMED = 2
"""Most models that a sentence names."""
_SECOND = 1_000_000


def sentence(cost: Cost) -> str:
    """Return a cost as one line: its total, whose it is, and when it was asked for."""
    models = dict.fromkeys((line.model, line.provider) for line in cost.lines)
    if cost.model is not None:
        models = {(cost.model, cost.provider): None}
    named = [f"{model} ({provider})" if provider else model for model, provider in models if model]
    whose = " and ".join(named) if len(named) <= _NAMED else f"{len(named)} models"
    micros = None if cost.at is None else instants.from_datetime(cost.at)
    when = "" if micros is None else f" at {instants.to_text(micros - micros % _SECOND)}"
    return f"{cost.total:f} {cost.currency}{f': {whose}' if whose else ''}{when}"


def formatted(total: Decimal, spec: str) -> str:
    """Return an amount in a format of decimals, whatever the caller's context rounds like."""
    try:
        with localcontext(HALF_EVEN):
            return format(total, spec)
    except ValueError:
        msg = f"{spec!r} is no format of an amount; write one such as '.2f' or ',.4f'"
        raise UsageError(msg, format=spec) from None


def receipt(cost: Cost) -> str:
    """Return a cost as aligned lines with their arithmetic, then its basis and assumptions."""
    who = f"{cost.model} ({cost.provider})" if cost.model else "several models"
    when = f" at {cost.at:%Y-%m-%d %H:%M:%S} UTC" if cost.at else ""
    title = f"{who}{when}"
    rows = [
        (
            line.meter if cost.model else f"{line.model} {line.meter}",
            f"{line.quantity:,}",
            f"× {line.rate:f} / {line.unit}",
            f"{line.amount:f}",
            line.why,
        )
        for line in cost.lines
    ]
    rows.append(("total", "", "", f"{cost.total:f}", cost.currency))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    body = [
        f"  {name:<{widths[0]}}  {quantity:>{widths[1]}} {rate:<{widths[2]}}  "
        f"{_aligned(amount, rows):<{widths[3] + 8}}{why}".rstrip()
        for name, quantity, rate, amount, why in rows
    ]
    body.insert(-1, "  " + "─" * (sum(widths) + 5))
    return "\n".join([title, *body, *_basis(cost)])


def _aligned(amount: str, rows: list[tuple[str, str, str, str, str]]) -> str:
    """Return an amount padded so that decimal points stand below each other."""
    before = max(len(row[3].partition(".")[0]) for row in rows)
    return " " * (before - len(amount.partition(".")[0])) + amount


def _basis(cost: Cost) -> list[str]:
    found: list[str] = []
    if cost.period is not None:
        found += _said("price", str(cost.period))
    if cost.source:
        checked = f", checked {cost.checked}" if cost.checked else ""
        found += _said("source", f"{cost.source}{checked}")
    if cost.stated is not None:
        found += _said("stated", f"the seller's own figure is {cost.stated:f} {cost.currency}")
    for assumption in cost.assumptions:
        found += _said("assumed", assumption.text)
    for note in cost.notes:
        found += _said("note", note)
    return found


def _said(label: str, text: str) -> list[str]:
    lines = wrap(text, _WIDTH - 11, break_long_words=False, break_on_hyphens=False)
    return [f"  {label if not n else '':<9}{line}" for n, line in enumerate(lines)]
