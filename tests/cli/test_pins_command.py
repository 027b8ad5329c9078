from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer

from costcalc.cli.options import OutputOptions
from costcalc.cli.pins import pins as command

if TYPE_CHECKING:
    from cli_support import Cli

PINS = """\
# ours
- model: acme/small
  rates:
    input: 0.20
    output: 1.50
  pinned_on: 2026-01-01

- model: acme/big
  conditions: {batch: true}
  rates:
    input: 1.4
    output: 7.5
    image: 1
  reason: nightly summaries
  pinned_on: 2026-01-01
"""
DEAD = """
- model: acme/dead
  rates: {input: 1}
"""
EXPIRED = """
- model: acme/big
  rates: {input: 3}
  expires: 2026-01-01
"""


@pytest.fixture
def pins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pins of a project whose prices are those of May 2026."""
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[tool.costcalc]\nas_of = "2026-05-01"\n')
    (tmp_path / "tests").mkdir()
    path = tmp_path / "tests" / "price_pins.yaml"
    path.write_text(PINS)
    return path


@pytest.mark.usefixtures("pins")
def test_pins_stand_beside_the_prices_that_hold(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert cli.ok("pins").splitlines() == [
        "tests/price_pins.yaml: 2 pins at 2026-05-01, 1 does not hold",
        "",
        "pin                   meter   pinned     is  change  status",
        "───────────────────────────────────────────────────────────",
        "acme/small            input    $0.20  $0.20          holds",
        "                      output   $1.50  $1.50",
        "acme/big, batch=true  input    $1.40  $1.50   +7.1%  moved",
        "                      output   $7.50  $7.50",
        "                      image    $1.00   none",
        "",
        "later   acme/small moves on 2098-01-01: input 0.20 → 0.10",
        "moved   acme/big, batch=true: billed since the beginning; https://acme.example/prices, checked",
        "        2099-01-01",
        "reason  acme/big, batch=true: nightly summaries",
    ]


def test_where_all_hold_nothing_more_is_said(cli: Cli, pins: Path) -> None:
    pins.write_text(EXPIRED.replace("2026-01-01", "2099-01-01"))
    assert cli.ok("pins").splitlines()[-1].split() == [
        "acme/big",
        "input",
        "$3.00",
        "$3.00",
        "holds",
    ]


def test_check_shows_what_does_not_hold_and_exits_1(cli: Cli, pins: Path) -> None:
    ended = cli("pins", "--check")
    assert (ended.code, ended.err) == (1, "")
    assert "acme/big, batch=true" in ended.out
    assert "acme/small" not in ended.out
    pins.write_text(PINS.replace("1.4", "1.5").replace("    image: 1\n", ""))
    assert cli.ok("pins", "--check") == "tests/price_pins.yaml: 2 pins at 2026-05-01, all hold\n"


def test_a_pin_of_now_is_held_to_the_prices_of_now(cli: Cli, pins: Path) -> None:
    pins.write_text("- model: acme/small\n  at: now\n  rates: {input: 0.20}\n")
    assert cli.ok("pins", "--check") == "tests/price_pins.yaml: 1 pin at 2026-05-01, all hold\n"
    assert "acme/small, at now" in cli.ok("pins")


def test_another_time_and_file(cli: Cli, pins: Path) -> None:
    other = pins.with_name("other.yaml")
    other.write_text(PINS)
    ended = cli("pins", str(other), "--check", "--at", "2025-02-01")
    assert ended.out.startswith("tests/other.yaml: 2 pins at 2025-02-01, 2 do not hold")
    (pins.parent.parent / "pyproject.toml").unlink()
    assert "at 20" in cli.ok("pins", "--at", "now")
    assert "at 20" in cli.ok("pins")


def test_a_model_without_a_price_exits_3(cli: Cli, pins: Path) -> None:
    pins.write_text(PINS + DEAD)
    ended = cli("pins", "--check")
    assert ended.code == 3
    assert "no price" in ended.out
    assert "acme/dead" in ended.out
    (state,) = (s for s in cli("pins", "--json").data["pins"] if s["model"] == "acme/dead")
    assert (state["status"], state["rates"]) == ("no price", None)
    assert state["error"].startswith("dead was retired") or "retired" in state["error"]
    assert cli("pins", "--refresh", "--yes").code == 3


def test_an_expired_pin_says_so(cli: Cli, pins: Path) -> None:
    pins.write_text(EXPIRED)
    ended = cli("pins", "--check")
    assert ended.code == 1
    assert "expired  acme/big on 2026-01-01; compare it, then set a later day" in ended.out
    pins.write_text(EXPIRED.replace("3", "4", 1))
    assert cli("pins", "--refresh", "--yes").code == 1
    assert "rates: {input: 3}" in pins.read_text()


def test_json_has_amounts_as_text(cli: Cli, pins: Path) -> None:
    data: dict[str, Any] = cli.json("pins")
    assert (data["path"], data["at"]) == ("tests/price_pins.yaml", "2026-05-01T00:00:00Z")
    big, small = sorted(data["pins"], key=lambda each: each["model"])
    assert (big["status"], big["moved"]) == ("moved", ["input", "image"])
    assert big["pinned"] == {"input": "1.4", "output": "7.5", "image": "1"}
    assert big["rates"] == {"input": "1.5", "output": "7.5", "image": None}
    assert (big["reason"], big["conditions"]) == ("nightly summaries", {"batch": "true"})
    assert (small["status"], small["expired"]) == ("holds", False)
    assert pins.read_text() == PINS


def test_refresh_writes_what_moved_when_told(cli: Cli, pins: Path) -> None:
    said = cli.ok("pins", "--refresh", "--yes")
    assert "-    input: 1.4\n+    input: 1.5\n" in said
    assert said.endswith("tests/price_pins.yaml is written; review it like code\n")
    text = pins.read_text()
    assert "# ours\n- model: acme/small\n" in text
    assert text.index("checked: 2099-01-01") < text.index("pinned_on")
    assert "image" not in text
    assert "reason: nightly summaries" in text
    assert cli.ok("pins", "--refresh", "--yes").endswith("all hold\n")


def test_refresh_as_json_keeps_standard_output_clean(cli: Cli, pins: Path) -> None:
    ended = cli("pins", "--refresh", "--yes", "--json")
    assert ended.code == 0
    assert ended.data["path"] == "tests/price_pins.yaml"
    assert "review it like code" in ended.err
    assert "1.5" in pins.read_text()


def test_refresh_asks_on_a_terminal_only(cli: Cli, pins: Path) -> None:
    ended = cli("pins", "--refresh")
    assert ended.code == 1
    assert ended.err == (
        "costcalc: tests/price_pins.yaml is not written; nobody can be asked, so say --yes\n"
    )
    assert pins.read_text() == PINS


@pytest.mark.parametrize("answer", [True, False], ids=["yes", "no"])
@pytest.mark.usefixtures("cli")
def test_refresh_does_what_is_answered(
    pins: Path, monkeypatch: pytest.MonkeyPatch, *, answer: bool
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(typer, "confirm", lambda *_, **__: answer)
    code = command(refresh=True, form=OutputOptions())
    assert (code, "input: 1.5\n" in pins.read_text()) == (0 if answer else 1, answer)


def test_refresh_never_writes_in_ci(cli: Cli, pins: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    ended = cli("pins", "--refresh", "--yes")
    assert (ended.code, ended.err) == (
        1, "costcalc: tests/price_pins.yaml is not written where CI is set\n",
    )  # fmt: skip
    assert pins.read_text() == PINS


def test_what_cannot_be_is_said(cli: Cli, pins: Path) -> None:
    assert "exclude each other" in cli.fails(4, "pins", "--check", "--refresh")
    assert "'soon' is no ISO 8601" in cli.fails(4, "pins", "--at", "soon")
    pins.write_text("- model: a\n")
    said = "tests/price_pins.yaml:1: a pin states its rates; add it"
    assert cli.fails(4, "pins") == said
    pins.unlink()
    assert cli.fails(4, "pins") == (
        "tests/price_pins.yaml: there is no file of pinned prices; make it with "
        "'pytest --costcalc-pins=create'"
    )


def test_a_redirect_a_currency_and_a_file_elsewhere(
    cli: Cli, pins: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("elsewhere") / "pins.yaml"
    path.write_text(
        "- model: acme/old\n  rates: {input: 1}\n- model: bare/acme-small-hosted\n  rates: {input: 2}\n- model: yuan/hua\n  currency: CNY\n  rates: {input: 3}\n"
    )
    said = cli.ok("pins", str(path))
    assert said.startswith(f"{path}: 3 pins")
    assert "acme/old: billed as small (acme) since 2026-01-01" in said
    assert "bare/acme-small-hosted: billed since the beginning\n" in said
    assert "2 CNY" in said.replace("2.00 CNY", "2 CNY")
    assert pins.exists()
