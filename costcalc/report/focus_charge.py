"""A charge: a cost with what a bill knows beside it, such as account, project and tags."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, datetime, timedelta

from costcalc import instants
from costcalc.billing.cost import Cost
from costcalc.errors import UsageError
from costcalc.values import Frozen, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "BILLED", "CHARGE_PERIODS", "Charge", "check_billed", "month_of", "period_of", "tags_text",
]  # fmt: skip

BILLED = ("priced", "stated", "nothing")
"""What stands in BilledCost: the price, the seller's own figure, or nothing."""
CHARGE_PERIODS = ("call", "hour", "day", "month")
"""How wide the charge period of a cost is that says when it was made."""

_SECOND = timedelta(seconds=1)
_PAIRS = (("start", "end"), ("billing_start", "billing_end"))
_INSTANTS = tuple(name for pair in _PAIRS for name in pair)


class _Tags(Frozen):
    """Tags that cannot change after they are made."""

    __slots__ = ()
    _what = "the tags of a charge"


@dataclass(frozen=True, slots=True)
class Charge(Value):
    """A cost, and what a bill knows beside it; what is left out is left empty, or has a default.

    Raises `UsageError` for half a period, one that ends before it begins, tags that hold more than
    text, numbers and yes or no, and a resource without a type.
    """

    cost: Cost
    """What was priced: one row for each of its lines."""
    _: KW_ONLY
    start: datetime | None = None
    """First instant of the charge period; None takes it from the cost's own instant."""
    end: datetime | None = None
    """First instant after it."""
    list_cost: Cost | None = None
    """The same usage at the published prices, where `cost` is at prices of your own."""
    billed: str | None = None
    """What stands in BilledCost: priced, stated or nothing; None is as the export says."""
    billing_account_id: str | None = None
    """Who is billed; None is the export's."""
    billing_account_name: str | None = None
    """Its name for people."""
    billing_start: datetime | None = None
    """First instant of the billing period; None is the month of the charge, in UTC."""
    billing_end: datetime | None = None
    """First instant after it."""
    sub_account_id: str | None = None
    """Part of the account that is charged, such as a provider's project or workspace."""
    sub_account_name: str | None = None
    """Its name for people; None is its id."""
    resource_id: str | None = None
    """What was used, where it has an id of its own: a deployment, a fine-tuned model."""
    resource_name: str | None = None
    """Its name for people."""
    resource_type: str | None = None
    """What kind of thing it is; needed with an id."""
    region_id: str | None = None
    """Where it was served."""
    region_name: str | None = None
    """Its name for people; None is its id."""
    invoice_id: str | None = None
    """The invoice it stands on."""
    invoice_issuer: str | None = None
    """Who writes the invoice; None is the service provider."""
    service_provider: str | None = None
    """Who provides the service; None is the name of the cost's provider."""
    host_provider: str | None = None
    """Whose infrastructure it runs on; None is the service provider."""
    publisher: str | None = None
    """Who makes what is sold; None is the service provider."""
    service_name: str | None = None
    """The service; None is the one that the cost's provider sells models by."""
    call: str | None = None
    """Id of the call or response."""
    session: str | None = None
    """The conversation or run it belongs to."""
    project: str | None = None
    """The project it belongs to."""
    tags: Mapping[str, str | int | float | bool | None] = field(default_factory=_Tags)
    """Your own keys and values; true stands for a key that has no value."""

    def __post_init__(self) -> None:
        """Check what can be checked here, and let nothing that a value holds be changed."""
        for name in _INSTANTS:
            stated = getattr(self, name)
            if stated is not None:
                object.__setattr__(self, name, instants.to_datetime(instants.parse(stated)))
        for first, last in _PAIRS:
            _check_period(first, getattr(self, first), last, getattr(self, last))
        if self.billed is not None:
            check_billed(self.billed)
        if self.resource_id and not self.resource_type:
            msg = (
                f"resource {self.resource_id!r} needs a type, such as "
                "resource_type='Deployment'; FOCUS has none without"
            )
            raise UsageError(msg, resource_id=self.resource_id)
        object.__setattr__(self, "tags", _Tags(self.tags))
        for key, value in self.tags.items():
            _check_tag(key, value)


def _check_period(first: str, start: datetime | None, last: str, end: datetime | None) -> None:
    if (start is None) != (end is None):
        missing = first if start is None else last
        msg = f"a charge has {first} and {last}, or neither; {missing} is missing"
        raise UsageError(msg, start=start, end=end)
    if start is not None and end is not None and end <= start:
        msg = (
            f"{last} {end.isoformat()} is not after {first} {start.isoformat()}; a period has both"
        )
        raise UsageError(msg, start=start, end=end)


def check_billed(billed: Any) -> None:
    """Refuse what BilledCost cannot hold."""
    if billed not in BILLED:
        msg = f"billed is one of {', '.join(BILLED)}, not {billed!r}"
        raise UsageError(msg, billed=billed)


def _check_tag(key: Any, value: Any) -> None:
    if not isinstance(key, str) or not key.strip():
        msg = f"the key of a tag is text that is not empty, not {key!r}"
        raise UsageError(msg, key=key)
    if not isinstance(value, str | int | float | bool | None) or value != value:  # noqa: PLR0124 - NaN
        msg = f"tag {key!r} is {value!r}; a value is text, a number, true, false or None"
        raise UsageError(msg, key=key, value=value)


def tags_text(tags: Mapping[str, Any]) -> str | None:
    """Return tags as JSON, in the order of their keys; None without any."""
    return json.dumps(dict(sorted(tags.items())), ensure_ascii=False) if tags else None


def period_of(charge: Charge, width: str) -> tuple[datetime, datetime]:
    """Return the charge period in whole seconds: the stated one, or that of the cost's instant."""
    if charge.start is not None and charge.end is not None:
        end = charge.end.replace(microsecond=0)
        return charge.start.replace(microsecond=0), end if end == charge.end else end + _SECOND
    at = charge.cost.at
    if at is None:
        msg = (
            "a cost that is a sum of several instants has no charge period; say it with "
            "costcalc.Charge(cost, start='2026-11-01', end='2026-12-01'), or export the costs "
            "one by one"
        )
        raise UsageError(msg)
    moment = at.astimezone(UTC).replace(microsecond=0)
    if width == "call":
        return moment, moment + _SECOND
    if width == "month":
        return month_of(moment)
    hour = moment.replace(minute=0, second=0)
    if width == "hour":
        return hour, hour + timedelta(hours=1)
    day = hour.replace(hour=0)
    return day, day + timedelta(days=1)


def month_of(moment: datetime) -> tuple[datetime, datetime]:
    """Return the first instants of the month of an instant, and of the next."""
    first = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first, (first + timedelta(days=32)).replace(day=1)
