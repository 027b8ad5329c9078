"""What the plugin's tests share: a small project whose prices move, and runs of pytest in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

__all__ = ["PLUGIN", "PRICES", "Project", "without_days"]

PLUGIN = ("-p", "costcalc.pytest_plugin")
"""What loads the plugin, where no plugin is loaded by itself."""

PRICES = """
provider: lab
source: https://lab.example/prices
checked: 2099-01-15
fees: {web_search: 5}
rules:
  - {if: {batch: true}, times: 0.5}
models:
  small:
    prices:
      - {from: 2025-01-01, until: 2026-03-01, input: 0.40, cache_read: 0.04, output: 3}
      - {from: 2026-03-01, input: 0.20, cache_read: 0.02, output: 1.50,
         source: https://lab.example/march, checked: 2099-03-02}
  big: {input: 3, output: 15, rules: [{if: {prompt_tokens: ">200k"}, times: 2}]}
  old: {retired: 2026-02-01, redirects_to: small, input: 1, output: 2}
  dead: {retired: 2026-02-01, input: 1, output: 2}
  gone: {retired: 2026-02-01, replacement: small, input: 1, output: 2}
  ended: {prices: [{until: 2026-02-01, input: 1}]}

  unchecked: {input: 1, output: 2, rules: [{if: {region: us}, times: 1.1}]}
"""


@dataclass
class Project:
    """A project of its own, with `[tool.costcalc]` and tests."""

    pytester: pytest.Pytester
    code: int = 0
    """How the last run ended."""

    @property
    def path(self) -> Path:
        return self.pytester.path

    @property
    def pins(self) -> Path:
        return self.path / "tests" / "price_pins.yaml"

    def configure(self, text: str = 'as_of = "2026-02-15"', pytest_options: str = "") -> None:
        table = f"[tool.pytest.ini_options]\n{pytest_options}\n[tool.costcalc]\n{text}\n"
        (self.path / "pyproject.toml").write_text(table)

    def test(self, body: str, name: str = "test_it") -> Path:
        folder = self.path / "tests"
        folder.mkdir(exist_ok=True)
        path = folder / f"{name}.py"
        head = "import pytest\nimport costcalc\nU = costcalc.Usage(input_tokens=1_000_000)\n"
        path.write_text(head + dedent(body))
        return path

    def pin(self, text: str) -> None:
        self.pins.parent.mkdir(exist_ok=True)
        self.pins.write_text(dedent(text).lstrip("\n"))

    def run(self, *arguments: str, **outcomes: int) -> str:
        """Run pytest in this process and return what it printed; `outcomes` are asserted."""
        base = (*PLUGIN, "-p", "no:cacheprovider", "--tb=short", "-W", "default")
        result = self.pytester.runpytest_inprocess(*base, *arguments)
        if outcomes:
            result.assert_outcomes(**outcomes)
        self.code = int(result.ret)
        return "\n".join(each for each in result.outlines + result.errlines)


def without_days(text: str) -> str:
    """Return a file of pins without the day on which it was written."""
    return re.sub(r"pinned_on: \d{4}-\d\d-\d\d", "pinned_on: DAY", text)
