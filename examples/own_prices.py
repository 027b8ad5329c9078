"""Prices of your own beside the bundled ones, and what a discount or a move would change."""

from __future__ import annotations

from pathlib import Path

import costcalc

FILE = Path(__file__).with_name("own_prices.yaml")
AT = "2026-11-20"
REQUEST = costcalc.Usage(input_tokens=30_000, cache_read_tokens=24_000, output_tokens=1_500)


def main() -> None:
    """Price one request at list price, by contract, in a nightly batch, and under what-ifs."""
    bundled = costcalc.Registry.load()
    mine = bundled.overlay(FILE)
    with costcalc.use(mine):
        for model in ("gpt-5", "prod-support", "nightly-support", "house-model"):
            cost = costcalc.price(model, REQUEST, at=AT)
            print(f"{model:<16} ${cost.total:<10} billed as {cost.provider}/{cost.model}")

    print("\nWhat if")
    scenarios = {
        "the list price rises by a fifth": mine.overlay(times="1.2", models=["gpt-5"]),
        "a gateway adds 5.5 %": mine.overlay(markup="0.055"),
        "the contract is cut by 15 %": mine.overlay(times="0.85", provider="example-corp"),
        "support moves to the house model": mine.overlay(redirect={"support-agent": "house-model"}),
    }
    for what, registry in scenarios.items():
        totals = [
            costcalc.price(model, REQUEST, at=AT, registry=registry).total
            for model in ("gpt-5", "prod-support")
        ]
        print(f"  {what:<34} gpt-5 ${totals[0]:<12} support ${totals[1]}")


if __name__ == "__main__":
    main()
