"""What grok-code-fast-1 cost on its launch day, beside the coding models of that day.

One day of an agent: 40 requests whose prompts were cached to nine tenths.
"""

from __future__ import annotations

import costcalc

LAUNCH = "2025-08-28"
MODELS = (
    "grok-code-fast-1",
    "gpt-5-mini",
    "gpt-5",
    "gemini-2.5-pro",
    "claude-sonnet-4",
    "claude-opus-4-1",
)
DAY = costcalc.Usage(
    input_tokens=2_000_000, cache_read_tokens=1_800_000, output_tokens=60_000, requests=40
)


def main() -> None:
    """Print one line a model: what the day cost, and how many times the cheapest that is."""
    totals = {model: costcalc.price(model, DAY, at=LAUNCH).total for model in MODELS}
    least = min(totals.values())
    print(f"40 requests, 2M input (90 % cached), 60k output, on {LAUNCH}")
    for model, total in sorted(totals.items(), key=lambda each: each[1]):
        times = total / least
        print(f"  {model:<17} ${total:>7.3f} {times:>6.1f}×  {'█' * round(times / 2)}")

    tool = costcalc.price("grok-code-fast-1", DAY, at=LAUNCH, conditions={"channel": "cline"})
    print(f"\nThrough a launch partner it was free: ${tool.total}")
    for line in tool.lines:
        print(f"  {line.meter:<11} {line.quantity:>9,} × {line.rate}  {line.why}")


if __name__ == "__main__":
    main()
