"""A bill of calls over two months: each at the price of its day, added up exactly."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import NamedTuple

from costcalc import Cost, Usage, price


class Call(NamedTuple):
    """One call, as a log has it."""

    at: str
    model: str
    usage: Usage
    batch: bool = False


SHORT = Usage(input_tokens=80_000, output_tokens=4_000)
LONG = Usage(input_tokens=200_000, output_tokens=9_000)
CACHED = Usage(
    input_tokens=400_000,
    cache_read_tokens=350_000,
    cache_write_tokens=40_000,
    output_tokens=6_000,
)
CALLS = (
    Call("2026-07-03T09:12:00Z", "gpt-5.6-sol", SHORT),
    Call("2026-08-20T23:59:59Z", "gpt-5.6-sol", SHORT),  # the last second of the old price
    Call("2026-08-21T00:00:00Z", "gpt-5.6-sol", SHORT),
    Call("2026-08-14T02:00:00Z", "deepseek-v4-pro", LONG),  # before there were peak hours
    Call("2026-08-18T02:00:00Z", "deepseek-v4-pro", LONG),  # a Tuesday, peak
    Call("2026-08-22T02:00:00Z", "deepseek-v4-pro", LONG),  # a Saturday
    Call("2026-07-30T12:00:00Z", "claude-opus-4-8", CACHED),
    Call("2026-08-30T12:00:00Z", "claude-opus-4-8", SHORT, batch=True),
    Call("2026-08-30T12:05:00Z", "our-finetune", SHORT),
)


def main() -> None:
    """Print the bill by month and model, its lines, and what it leaves out."""
    costs: list[Cost] = []
    by_month: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    left_out: list[str] = []
    for call in CALLS:
        try:
            cost = price(call.model, call.usage, at=call.at, batch=call.batch)
        except LookupError as error:
            left_out.append(f"{call.at} {call.model}: {type(error).__name__}")
            continue
        costs.append(cost)
        by_month[call.at[:7], call.model] += cost.total

    for (month, model), total in sorted(by_month.items()):
        print(f"{month}  {model:<16} ${total}")
    bill = sum(costs[1:], start=costs[0])
    print(f"total {'':<19} ${bill.total}")

    print("\nby rate")
    for line in bill.lines:
        print(
            f"  {line.model:<16} {line.meter:<11} {line.quantity:>7,} × {line.rate:<8f} "
            f"${line.amount:<9f} {line.why}".rstrip()
        )
    print("\nleft out, for want of a price")
    for text in left_out:
        print(f"  {text}")


if __name__ == "__main__":
    main()
