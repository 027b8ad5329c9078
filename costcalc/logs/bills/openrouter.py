"""OpenRouter: the export of its activity, one generation a row, and the answer of its activity API.

https://openrouter.ai/docs/guides/guides/activity-export,
https://openrouter.ai/docs/client-sdks/typescript/models/activityitem
"""

from __future__ import annotations

from costcalc.logs.bills.shapes import Document, Table, amount_of, day_of, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from costcalc.logs.bills.bill import Pile
    from costcalc.logs.bills.shapes import Row

__all__ = ["ACTIVITY", "ACTIVITY_TABLE"]

_BYOK = (
    "OpenRouter states what your own key was charged by its provider beside its own charge; that "
    "is left out, since it stands on the provider's bill"
)


def _take_row(row: Row, columns: Mapping[str, str], pile: Pile) -> None:
    _note(row, pile)
    pile.add(
        amount_of(row, columns["amount"]), "USD", day_of(row, columns["day"]),
        model=text_of(row, columns["model"]),
    )  # fmt: skip


def _take_item(item: Row, pile: Pile) -> None:
    _note(item, pile)
    pile.add(
        amount_of(item, "usage"),
        "USD",
        day_of(item, "date"),
        model=text_of(item, "model_permaslug"),
    )


def _note(row: Row, pile: Pile) -> None:
    if text_of(row, "byok_usage_inference") and amount_of(row, "byok_usage_inference"):
        pile.note("byok", _BYOK)


ACTIVITY_TABLE = Table(
    name="openrouter-activity",
    source="https://openrouter.ai/docs/guides/guides/activity-export",
    provider=None,
    needed=frozenset({"generation_id", "created_at", "cost_total", "model_permaslug"}),
    columns={"amount": "cost_total", "day": "created_at", "model": "model_permaslug"},
    take=_take_row,
)
ACTIVITY = Document(
    name="openrouter-activity-api",
    source="https://openrouter.ai/docs/client-sdks/typescript/models/activityitem",
    provider=None,
    fits=lambda entry: "model_permaslug" in entry and "usage" in entry and "date" in entry,
    take=_take_item,
)
