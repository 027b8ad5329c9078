"""FOCUS: the cost and usage exports of clouds, and our own (https://focus.finops.org)."""

from __future__ import annotations

from costcalc.logs.bills.bill import checked_currency
from costcalc.logs.bills.shapes import Table, amount_of, instant_of, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from costcalc.logs.bills.bill import Pile
    from costcalc.logs.bills.shapes import Row

__all__ = ["FOCUS"]

_OURS = "AI and Machine Learning"
"""The ServiceCategory that models stand in, of the specification's closed list."""
_SKIPPED = f"a row of another ServiceCategory than {_OURS} is left out"


def _take_row(row: Row, columns: Mapping[str, str], pile: Pile) -> None:
    category = text_of(row, "ServiceCategory")
    if category is not None and category != _OURS:
        pile.note("service_category", _SKIPPED)
        return
    kind = text_of(row, "ChargeCategory") or "Usage"
    named: dict[str, str | None] = (
        {"model": text_of(row, columns["model"]), "meter": text_of(row, columns["meter"])}
        if kind in {"Usage", "Adjustment"}
        else {"item": kind}
    )
    start, end = instant_of(row, columns["day"]), instant_of(row, "ChargePeriodEnd")
    currency = checked_currency(text_of(row, columns["currency"]) or "")
    pile.add(
        amount_of(row, columns["amount"]), currency, start, end,
        provider=text_of(row, "x_Provider"), **named,
    )  # fmt: skip


FOCUS = Table(
    name="focus",
    source="https://focus.finops.org/focus-specification/",
    provider=None,
    needed=frozenset({"BilledCost", "BillingCurrency", "ChargePeriodStart", "ChargePeriodEnd"}),
    columns={
        "amount": "BilledCost", "currency": "BillingCurrency", "day": "ChargePeriodStart",
        "model": "x_Model", "meter": "SkuMeter",
    },
    take=_take_row,
)  # fmt: skip
