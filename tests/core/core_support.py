"""What the core's tests share: tiny registries, prices by arithmetic, a fresh interpreter."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any, TypeVar

import costcalc
from costcalc import Cost, Registry, Usage, price

NOW = "2026-11-23T12:00:00Z"
MILLION = Usage(input_tokens=1_000_000)
ROOT = Path(costcalc.__file__).parent.parent

AnyValue = TypeVar("AnyValue")


def mtok(rate: str, tokens: int) -> Decimal:
    """Return the price of tokens at a rate per million."""
    return Decimal(rate) * tokens / 1_000_000


def registry(text: str) -> Registry:
    """Return the registry of an indented YAML text."""
    return Registry.from_yaml(dedent(text))


def lab(model: str, *, top: str = "") -> Registry:
    """Return a registry of one provider, `lab`, that sells one model, `m`.

    `model` is what stands between the braces of the model, `top` whole lines above `models`.
    """
    return Registry.from_yaml(f"provider: lab\n{dedent(top)}\nmodels:\n  m: {{{model}}}\n")


def ruled(*rules: str, rates: str = "input: 1, output: 2, web_search: 10") -> Registry:
    """Return a registry whose model `m` has rates and rules, each a flow mapping."""
    return lab(f"{rates}, rules: [{', '.join(rules)}]")


def cost(
    prices: Registry, usage: Usage = MILLION, model: str = "m", at: str = NOW, **options: Any
) -> Cost:
    """Return what a usage costs, a million input tokens unless another is given."""
    return price(model, usage, at=at, registry=prices, **options)


def total(
    prices: Registry, usage: Usage = MILLION, model: str = "m", at: str = NOW, **options: Any
) -> Decimal:
    """Return the total of a usage; of a million input tokens it is the rate of input."""
    return cost(prices, usage, model, at, **options).total


def rates(priced: Cost) -> dict[str, Decimal]:
    """Return the rate of each line by meter."""
    return {line.meter: line.rate for line in priced.lines}


def codes(priced: Cost) -> list[str]:
    """Return the codes of what was assumed."""
    return [each.code for each in priced.assumptions]


def assumed(priced: Cost, code: str) -> str:
    """Return the text of the one assumption with a code."""
    (found,) = (each.text for each in priced.assumptions if each.code == code)
    return found


def pickled(value: AnyValue) -> AnyValue:
    """Return what comes out of a pickle of a value."""
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - of our own making


def fresh(code: str, *, cwd: Path | None = None, **environment: str) -> str:
    """Return what code prints in a new interpreter that imports this costcalc."""
    inherited = {key: value for key, value in os.environ.items() if key != "COSTCALC_PRICING"}
    done = subprocess.run(
        [sys.executable, "-c", dedent(code)],
        capture_output=True,
        check=False,
        cwd=cwd,
        encoding="utf-8",
        env={**inherited, "PYTHONPATH": str(ROOT), **environment},
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
