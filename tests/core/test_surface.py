"""The public surface: its names, and what a light start does not import."""

from __future__ import annotations

import importlib
import json
import pkgutil
from pathlib import Path

import pytest
from core_support import fresh

import costcalc


def test_every_listed_name_resolves() -> None:
    assert len(costcalc.__all__) == len(set(costcalc.__all__))
    for name in costcalc.__all__:
        assert getattr(costcalc, name) is getattr(costcalc, name)


def test_dir_lists_the_surface() -> None:
    assert dir(costcalc) == sorted(costcalc.__all__)


def test_every_lazy_name_is_listed() -> None:
    homes: dict[str, str] = vars(costcalc)["_HOME"]
    assert {*homes, *vars(costcalc)["_ROOMS"], "__version__"} == set(costcalc.__all__)
    for name, home in homes.items():
        assert name in importlib.import_module(home).__all__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="^module 'costcalc' has no attribute 'prise'$"):
        costcalc.prise  # noqa: B018 # pyright: ignore[reportAttributeAccessIssue]


def test_a_star_import_brings_the_surface() -> None:
    found = json.loads(
        fresh(
            """
            import json
            from costcalc import *
            import costcalc
            print(json.dumps([name for name in costcalc.__all__ if name not in globals()]))
            """
        )
    )
    assert found == []


def test_every_core_module_lists_its_names() -> None:
    for package in ("costcalc.registry", "costcalc.usage", "costcalc.billing"):
        path = importlib.import_module(package).__path__
        for each in pkgutil.iter_modules(path):
            module = importlib.import_module(f"{package}.{each.name}")
            assert [name for name in module.__all__ if not hasattr(module, name)] == []


HEAVY = ("pydantic", "yaml", "tiktoken", "importlib.metadata", "pathlib", "typing", "asyncio",
         "zoneinfo", "urllib", "tomllib")  # fmt: skip


def test_a_first_price_imports_nothing_heavy_and_opens_no_socket(tmp_path: Path) -> None:
    costcalc.Registry.load()  # whatever has to be compiled is compiled before
    found = json.loads(
        fresh(
            f"""
            import json, sys
            started = set(sys.modules)
            import costcalc
            listed = sorted(set(sys.modules) - started)
            usage = costcalc.Usage(input_tokens=1_000_000, cache_read_tokens=600_000)
            cost = costcalc.price("grok-code-fast-1", usage, at="2025-09-07")
            text = [cost.total, cost.lines, cost.assumptions, cost.explain()]
            new = set(sys.modules) - started
            print(json.dumps([listed, sorted(new & {{*{HEAVY!r}, "socket", "ssl"}})]))
            """,
            cwd=tmp_path,
        )
    )
    assert found == [["__future__", "costcalc"], []]
