"""OpenAI: the answer of its Costs API, and the cost export of its dashboard.

https://platform.openai.com/docs/api-reference/usage/costs
"""

from __future__ import annotations

from costcalc.logs.bills.bill import checked_currency
from costcalc.logs.bills.shapes import Document, Table, amount_of, entries, instant_of, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from costcalc.logs.bills.bill import Pile
    from costcalc.logs.bills.shapes import Row

__all__ = ["COSTS", "COSTS_TABLE"]

_SOURCE = "https://platform.openai.com/docs/api-reference/usage/costs"
_METERS = {
    "input": "input", "cached input": "cache_read", "output": "output",
    "input_tokens": "input", "cached_input_tokens": "cache_read", "output_tokens": "output",
}  # fmt: skip
_FEES = (
    ("web search", "web_search"), ("file search", "file_search"),
    ("code interpreter", "code_execution"),
)  # fmt: skip
"""How line items for no model begin, and the meters that they are of."""


def line_item(said: str | None) -> dict[str, str | None]:
    """Return what a line item names: `gpt-4o-2024-08-06, cached input`, or a tool's calls."""
    if said is None:
        return {}
    model, comma, what = said.partition(", ")
    if comma:
        return {"model": model, "meter": _METERS.get(what)}
    lowered = said.lower()
    fee = next((meter for begin, meter in _FEES if lowered.startswith(begin)), None)
    if fee is not None or " " in said:
        return {"item": fee or said, "meter": fee}
    return {"model": said}


def _take_bucket(bucket: Row, pile: Pile) -> None:
    start, end = instant_of(bucket, "start_time"), instant_of(bucket, "end_time")
    pile.cover(start, end)
    for each in entries(bucket):
        amount = each.get("amount")
        money = amount if isinstance(amount, dict) else {}
        currency = checked_currency(text_of(money, "currency") or "USD")
        named = line_item(text_of(each, "line_item"))
        pile.add(amount_of(money, "value"), currency, start, end, **named)


def _take_row(row: Row, columns: Mapping[str, str], pile: Pile) -> None:
    start, end = instant_of(row, columns["day"]), instant_of(row, "end_time")
    pile.cover(start, end)
    if text_of(row, columns["amount"]) is None:
        return  # a day without a charge
    currency = checked_currency(text_of(row, columns["currency"]) or "USD")
    named = line_item(text_of(row, columns["model"]))
    pile.add(amount_of(row, columns["amount"]), currency, start, end, **named)


COSTS = Document(
    name="openai-costs",
    source=_SOURCE,
    provider="openai",
    fits=lambda entry: entry.get("object") == "bucket" and "start_time" in entry,
    take=_take_bucket,
)
COSTS_TABLE = Table(
    name="openai-costs-table",
    source=_SOURCE,
    provider="openai",
    needed=frozenset({"start_time", "end_time", "amount_value", "amount_currency"}),
    columns={
        "amount": "amount_value", "currency": "amount_currency", "day": "start_time",
        "model": "line_item",
    },
    take=_take_row,
)  # fmt: skip
