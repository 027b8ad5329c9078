"""Whose prices hold where a call names no registry."""

from __future__ import annotations

import asyncio
import os
import threading
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest
from core_support import MILLION, NOW, fresh, lab

import costcalc
from costcalc import Registry, RegistryError, UsageError, price
from costcalc.registry import current as settings

ONE, TWO, THREE = (lab(f"input: {rate}") for rate in (1, 2, 3))
MINE = "provider: lab\nmodels: {mine: {input: 42}}\n"


@pytest.fixture(autouse=True)
def untouched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Run each test as a process that has set nothing."""
    monkeypatch.setattr(settings, "_held", [])
    monkeypatch.setattr(settings, "_configured", None)
    monkeypatch.delenv("COSTCALC_PRICING", raising=False)
    monkeypatch.chdir(tmp_path)
    scoped: ContextVar[Registry | None] = ContextVar("scoped", default=None)
    monkeypatch.setattr(settings, "_scoped", scoped)


def rate(model: str = "m") -> int:
    return int(price(model, MILLION, at=NOW).total)


def test_nothing_set_is_the_bundled_list() -> None:
    assert settings.current() is Registry.load() is Registry.load()
    assert price("grok-code-fast-1", MILLION, at="2025-09-07").provider == "xai"


def test_own_prices_hold_for_the_process() -> None:
    costcalc.use(ONE)
    assert rate() == 1
    costcalc.use(TWO)
    assert rate() == 2
    seen: list[int] = []
    thread = threading.Thread(target=lambda: seen.append(rate()))
    thread.start()
    thread.join()
    assert seen == [2]


def test_own_prices_hold_within_a_block() -> None:
    costcalc.use(ONE)
    with costcalc.use(TWO) as registry:
        assert registry is TWO
        assert rate() == 2
        with costcalc.use(THREE):
            assert rate() == 3
        assert rate() == 2
    assert rate() == 1


def test_a_block_that_fails_ends_too() -> None:
    costcalc.use(ONE)
    with pytest.raises(ZeroDivisionError), costcalc.use(TWO):
        _ = 1 // 0
    assert rate() == 1


def test_the_process_can_be_set_within_a_block() -> None:
    with costcalc.use(ONE):
        costcalc.use(TWO)
        assert rate() == 1
    assert rate() == 2


def test_a_registry_given_to_the_call_comes_first() -> None:
    with costcalc.use(ONE):
        assert price("m", MILLION, at=NOW, registry=TWO).total == 2


def test_blocks_that_were_made_together_leave_nothing_behind() -> None:
    costcalc.use(THREE)
    one, two = costcalc.use(ONE), costcalc.use(TWO)
    with one:
        assert rate() == 1
    with two:
        assert rate() == 2
    assert rate() == 3


def test_a_block_that_is_entered_again_leaves_nothing_behind() -> None:
    block = costcalc.use(ONE)
    with block:
        with block:
            assert rate() == 1
        assert rate() == 1
    costcalc.use(THREE)
    with block:
        assert rate() == 1
    assert rate() == 3


def test_a_block_holds_in_its_own_thread_only() -> None:
    costcalc.use(ONE)
    inside, done = threading.Event(), threading.Event()
    seen: list[int] = []

    def work() -> None:
        inside.wait()
        seen.append(rate())
        with costcalc.use(THREE):
            seen.append(rate())
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    with costcalc.use(TWO):
        inside.set()
        done.wait()
        assert rate() == 2
    thread.join()
    assert seen == [1, 3]
    assert rate() == 1


def test_blocks_of_many_threads_leave_nothing_behind() -> None:
    costcalc.use(THREE)
    start = threading.Barrier(8)
    wrong: list[int] = []

    def work(registry: Registry, expected: int) -> None:
        start.wait()
        for _ in range(500):
            with costcalc.use(registry):
                if rate() != expected:
                    wrong.append(expected)

    threads = [
        threading.Thread(target=work, args=(registry, expected))
        for registry, expected in [(ONE, 1), (TWO, 2)] * 4
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert wrong == []
    assert rate() == 3


def test_a_block_holds_in_its_own_task_only() -> None:
    async def work(registry: Registry) -> list[int]:
        seen: list[int] = []
        with costcalc.use(registry):
            for _ in range(3):
                await asyncio.sleep(0)
                seen.append(rate())
        seen.append(rate())
        return seen

    async def run() -> list[list[int]]:
        return list(await asyncio.gather(work(ONE), work(TWO)))

    costcalc.use(THREE)
    assert asyncio.run(run()) == [[1, 1, 1, 3], [2, 2, 2, 3]]


def test_leaving_a_block_that_was_never_entered_changes_nothing() -> None:
    costcalc.use(ONE).__exit__(None, None, None)
    assert rate() == 1


@pytest.mark.parametrize("registry", ["prices.yaml", None, Path("prices.yaml"), {}])
def test_what_is_used_is_a_registry(registry: Any) -> None:
    with pytest.raises(UsageError, match=r"use\(\) takes a Registry, not .*overlay"):
        costcalc.use(registry)


def test_the_environment_names_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(MINE)
    monkeypatch.setenv("COSTCALC_PRICING", "mine.yaml")
    assert rate("mine") == 42
    assert price("grok-code-fast-1", MILLION, at="2025-09-07").provider == "xai"
    (tmp_path / "mine.yaml").write_text(MINE.replace("42", "43"))
    assert rate("mine") == 42  # looked for once a process
    with costcalc.use(ONE):
        assert rate() == 1


@pytest.mark.parametrize("path", ["nowhere.yaml", ".", "a\0b"])
def test_a_file_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    environment = {**os.environ, "COSTCALC_PRICING": path}
    monkeypatch.setattr(os, "environ", environment)
    for _ in range(2):
        with pytest.raises(RegistryError, match="COSTCALC_PRICING names a file that is not there"):
            rate()


def test_an_empty_variable_names_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COSTCALC_PRICING", "")
    assert settings.current() is Registry.load()


@pytest.mark.parametrize(
    "table",
    [
        pytest.param('[tool.costcalc]\npricing = "mine.yaml"\n', id="a table"),
        pytest.param('[tool]\ncostcalc = { pricing = "mine.yaml" }\n', id="an inline table"),
        pytest.param('[tool]\ncostcalc.pricing = "mine.yaml"\n', id="a dotted key"),
        pytest.param('[ tool . "costcalc" ]\npricing = "mine.yaml"\n', id="spaces and quotes"),
        pytest.param('[tool.costcalc]\npricing = "./sub/../mine.yaml"\n', id="a longer path"),
    ],
)
def test_the_project_names_a_file_beside_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, table: str
) -> None:
    (tmp_path / "mine.yaml").write_text(MINE)
    (tmp_path / "pyproject.toml").write_text(table)
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "sub" / "deep")
    assert rate("mine") == 42


def test_the_projects_file_may_lie_at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "mine.yaml").write_text(MINE)
    (tmp_path / "pyproject.toml").write_text('[tool.costcalc]\npricing = "~/mine.yaml"\n')
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    assert rate("mine") == 42


def test_the_environment_comes_before_the_project(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text(MINE)
    (tmp_path / "other.yaml").write_text(MINE.replace("42", "7"))
    (tmp_path / "pyproject.toml").write_text('[tool.costcalc]\npricing = "mine.yaml"\n')
    monkeypatch.setenv("COSTCALC_PRICING", str(tmp_path / "other.yaml"))
    assert rate("mine") == 7


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[project]\nname = 'x'\n", id="no table of ours"),
        pytest.param("# [tool.costcalc]\n", id="a comment"),
        pytest.param("[tool.costcalc]\nas_of = '2026-01-01'\n", id="a table without prices"),
    ],
)
def test_the_nearest_project_decides(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    (tmp_path / "mine.yaml").write_text(MINE)
    (tmp_path / "pyproject.toml").write_text('[tool.costcalc]\npricing = "mine.yaml"\n')
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "pyproject.toml").write_text(text)
    monkeypatch.chdir(tmp_path / "inner")
    assert settings.current() is Registry.load()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param('[tool.costcalc]\npricing = "nowhere.yaml"\n',
                     "names a file that is not there; correct it, or unset it", id="a missing file"),
        pytest.param("[tool.costcalc]\npricing = 5\n",
                     "tool.costcalc.pricing: pricing is the path of a price file, not 5", id="a number"),
        pytest.param("[tool.costcalc\n", "this is not valid TOML", id="broken TOML"),
        pytest.param('[tool]\ncostcalc = "x" # tool.costcalc\n', None, id="no table"),
        pytest.param('tool = "tool.costcalc"\n', None, id="no tool table"),
    ],
)  # fmt: skip
def test_a_broken_setting_is_an_error(tmp_path: Path, text: str, words: str | None) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text(text)
    with pytest.raises(RegistryError, match=words) as raised:
        rate()
    assert str(tmp_path) in str(raised.value)


def test_a_project_file_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"[tool.costcalc]\nx = '\xff'\n")
    with pytest.raises(RegistryError, match="this is not valid TOML"):
        rate()


def test_a_broken_price_file_is_told_with_its_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text("provider: lab\nmodels: {m: {input: '1'}}\n")
    monkeypatch.setenv("COSTCALC_PRICING", "mine.yaml")
    with pytest.raises(RegistryError, match=r"^mine.yaml:2: models.m.input: a rate is"):
        rate()


def test_a_new_process_reads_the_environment(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(MINE)
    code = """
    import costcalc
    cost = costcalc.price("mine", costcalc.Usage(input_tokens=1_000_000), at="2026-11-23")
    print(cost.total, [each.code for each in cost.assumptions])
    """
    assert fresh(code, cwd=tmp_path, COSTCALC_PRICING="mine.yaml") == "42 ['overlay']"
    (tmp_path / "pyproject.toml").write_text('[tool.costcalc]\npricing = "mine.yaml"\n')
    assert fresh(code, cwd=tmp_path) == "42 ['overlay']"
