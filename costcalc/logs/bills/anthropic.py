"""Anthropic: its cost report, its analytics on cost, and the cost export of its console.

https://platform.claude.com/docs/en/api/admin/cost_report,
https://platform.claude.com/docs/en/api/beta/organization/analytics/cost
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from costcalc.errors import UsageError
from costcalc.logs.bills.bill import checked_currency
from costcalc.logs.bills.shapes import (
    Document,
    Table,
    amount_of,
    day_of,
    entries,
    instant_of,
    text_of,
)
from costcalc.money import EXACT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.logs.bills.bill import Pile
    from costcalc.logs.bills.shapes import Row

__all__ = ["ANALYTICS", "CONSOLE", "COST_REPORT"]

_METERS = {
    # of the API
    "uncached_input_tokens": "input",
    "cache_read_input_tokens": "cache_read",
    "cache_creation.ephemeral_5m_input_tokens": "cache_write",
    "cache_creation.ephemeral_1h_input_tokens": "cache_write_1h",
    "output_tokens": "output",
    # of the console
    "input_no_cache": "input",
    "input_cache_read": "cache_read",
    "input_cache_write_5m": "cache_write",
    "input_cache_write_1h": "cache_write_1h",
    "output": "output",
}
_PRIORITY = "Anthropic's cost report is without what the priority tier costs"


def _dollars(row: Row, name: str) -> Decimal:
    """Return an amount that is stated in cents, fractions of them included."""
    return EXACT.scaleb(amount_of(row, name), -2)


def _named(row: Row) -> dict[str, Any]:
    kind, model = text_of(row, "cost_type"), text_of(row, "model")
    if kind in {None, "tokens", "token"} or model is not None:
        return {"model": model, "meter": _METERS.get(text_of(row, "token_type") or "")}
    return {"item": kind, "meter": kind}


def _take_bucket(bucket: Row, pile: Pile) -> None:
    start, end = instant_of(bucket, "starting_at"), instant_of(bucket, "ending_at")
    pile.cover(start, end)
    for each in entries(bucket):
        currency = checked_currency(text_of(each, "currency") or "USD")
        pile.add(_dollars(each, "amount"), currency, start, end, **_named(each))


def _take_report(bucket: Row, pile: Pile) -> None:
    if not pile.noted("bill_scope"):
        pile.note("bill_scope", _PRIORITY)
    _take_bucket(bucket, pile)


def _take_item(item: Row, pile: Pile) -> None:
    cost, group = item.get("cost"), item.get("group") or {}
    if not isinstance(cost, Mapping) or not isinstance(group, Mapping):
        msg = "cost and group are objects in an answer of Anthropic's analytics on cost"
        raise UsageError(msg)
    start, end = instant_of(item, "starting_at"), instant_of(item, "ending_at")
    currency = checked_currency(text_of(cost, "currency") or "USD")  # pyright: ignore[reportUnknownArgumentType]
    pile.add(_dollars(cost, "amount"), currency, start, end, **_named(group))  # pyright: ignore[reportUnknownArgumentType]


def _take_row(row: Row, columns: Mapping[str, str], pile: Pile) -> None:
    stated = {**row, "model": row.get(columns["model"])}
    pile.add(
        amount_of(row, columns["amount"]), "USD", day_of(row, columns["day"]), **_named(stated)
    )


COST_REPORT = Document(
    name="anthropic-cost-report",
    source="https://platform.claude.com/docs/en/api/admin/cost_report",
    provider="anthropic",
    fits=lambda entry: "starting_at" in entry and "results" in entry,
    take=_take_report,
)
ANALYTICS = Document(
    name="anthropic-analytics-cost",
    source="https://platform.claude.com/docs/en/api/beta/organization/analytics/cost",
    provider="anthropic",
    fits=lambda entry: "starting_at" in entry and "cost" in entry,
    take=_take_item,
)
CONSOLE = Table(
    name="anthropic-console",
    source="https://support.claude.com/en/articles/9534590-cost-and-usage-reporting-in-the-claude-console",
    provider="anthropic",
    needed=frozenset({"usage_date_utc", "model", "token_type", "cost_usd"}),
    columns={"amount": "cost_usd", "day": "usage_date_utc", "model": "model"},
    take=_take_row,
)
