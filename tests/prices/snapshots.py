"""The prices of each provider as readable text: a change of data is a diff that a person can read.

`make snapshots` writes them anew.
"""

from __future__ import annotations

from pathlib import Path

from costcalc import ModelInfo, PriceRecord, Registry

FOLDER = Path(__file__).parent / "snapshots"


def snapshot(registry: Registry, provider: str) -> str:
    """Return every price list of a provider, model by model."""
    return "\n".join(line for info in registry.models(provider=provider) for line in _model(info))


def _model(info: ModelInfo) -> list[str]:
    facts = [info.id]
    if info.maker != info.provider:
        facts.append(f"made by {info.maker}")
    if info.currency != "USD":
        facts.append(info.currency)
    if info.aliases:
        facts.append(f"also {', '.join(info.aliases)}")
    if info.context_window:
        facts.append(f"window {info.context_window:,}")
    if info.retired:
        after = info.redirects_to or (info.replacement and f"recommended: {info.replacement}")
        facts.append(f"retired {info.retired:%Y-%m-%d %H:%MZ} -> {after or 'nothing'}")
    lines = ["; ".join(facts)]
    for period in info.prices:
        lines += _period(period)
    return [*lines, ""]


def _period(period: PriceRecord) -> list[str]:
    start = f"{period.start:%Y-%m-%d %H:%MZ}" if period.start else "(start unknown)"
    until = f"{period.until:%Y-%m-%d %H:%MZ}" if period.until else ""
    rates = ", ".join(f"{meter} {rate:f}" for meter, rate in period.rates.items())
    head = f"  {start} .. {until}".rstrip()
    return [f"{head}: {rates}", *(f"    {rule}" for rule in period.rules)]


def main() -> None:
    """Write all snapshots anew."""
    registry = Registry.load()
    FOLDER.mkdir(exist_ok=True)
    for stale in FOLDER.glob("*.txt"):
        stale.unlink()
    for provider in registry.providers():
        (FOLDER / f"{provider}.txt").write_text(snapshot(registry, provider), encoding="utf-8")


if __name__ == "__main__":
    main()
