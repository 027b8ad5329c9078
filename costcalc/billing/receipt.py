"""The receipt of a cost as plain text: what a person who has to explain a bill wants to read."""

from __future__ import annotations

from textwrap import wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.billing.cost import Cost

__all__ = ["receipt"]

_WIDTH = 92


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
