from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

import costcalc.registry.bundled as bundled_module
from costcalc import Registry, RegistryError
from costcalc.cli.checks import check_files
from costcalc.registry.schema import schema_text

if TYPE_CHECKING:
    from pathlib import Path

    from cli_support import Cli

GOOD = "provider: one\nmodels:\n  a: {input: 1, output: 2}\n"
BAD = "provider: two\nmodels:\n  b: {input: -1, output: 2}\n  c: {inputt: 1}\n"
BROKEN = "provider: [\n"
HOLIDAY = (
    "provider: three\nmodels:\n  d:\n    input: 1\n    output: 2\n    rules:\n"
    "      - {if: {not_holiday: here}, times: 2}\n"
)
CALENDAR = "calendars:\n  here: {zone: Asia/Tokyo, dates: [2026-01-01]}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"good": GOOD, "bad": BAD, "broken": BROKEN, "day": HOLIDAY}.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    return tmp_path


def test_a_valid_file_is_ok(cli: Cli, folder: Path) -> None:
    path = str(folder / "good.yaml")
    assert cli.ok("registry", "check", path) == f"{path}: 1 model, 1 price list: ok\n"


def test_findings_read_path_line_key_and_why(cli: Cli, folder: Path) -> None:
    good, bad, broken = (str(folder / f"{name}.yaml") for name in ("good", "bad", "broken"))
    ended = cli("registry", "check", good, bad, broken)
    assert ended.code == 4
    assert ended.out == f"{good}: 1 model, 1 price list: ok\n"
    lines = ended.err.splitlines()
    assert lines[0].startswith(f"{bad}:3: models.b.input: ")
    assert any(line.startswith(f"{bad}:4: models.c.inputt: unknown key 'inputt'") for line in lines)
    assert any(line.startswith(f"{broken}:") for line in lines)
    assert lines[-1] == "costcalc: 3 problems in 2 of 3 files"


def test_findings_as_json(cli: Cli, folder: Path) -> None:
    bad = str(folder / "bad.yaml")
    ended = cli("registry", "check", "--json", bad)
    assert (ended.code, ended.err) == (4, "")
    assert ended.data["valid"] is False
    first = ended.data["problems"][0]
    assert (first["path"], first["line"], first["key"]) == (bad, 3, "models.b.input")
    assert first["text"].endswith(first["message"])
    assert ended.data["files"] == [{"path": bad, "valid": False, "models": 0, "prices": 0}]


def test_a_file_that_is_not_there_is_a_finding(cli: Cli) -> None:
    ended = cli("registry", "check", "nowhere.yaml")
    assert ended.code == 4
    assert ended.err.startswith("nowhere.yaml: cannot read the price file: ")
    assert ended.err.endswith("costcalc: 1 problem in 1 of 1 file\n")
    problem = cli("registry", "check", "nowhere.yaml", "--json").data["problems"][0]
    assert (problem["path"], problem["line"], problem["key"]) == (None, None, None)


def test_a_calendar_may_stand_in_another_file(cli: Cli, folder: Path) -> None:
    day, calendar = folder / "day.yaml", folder / "zz.yaml"
    assert cli("registry", "check", str(day)).code == 4
    calendar.write_text(CALENDAR)
    said = cli.ok("registry", "check", str(day), str(calendar))
    assert said.count(": ok\n") == 2


def test_files_of_a_folder_are_checked_together(cli: Cli, tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / f"{name}.yaml").write_text(GOOD)
    assert cli.ok("registry", "check", str(tmp_path / "first.yaml"), str(tmp_path / "second.yaml"))
    ended = cli("registry", "check", str(tmp_path))
    assert ended.code == 4
    assert "provider 'one' has a file already" in ended.err


def test_a_folder_of_valid_files_is_ok(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text(GOOD.replace("one", "two"))
    assert cli.ok("registry", "check", str(tmp_path)).count(": ok\n") == 2


def test_a_folder_with_a_bad_file_is_not_checked_together(cli: Cli, folder: Path) -> None:
    assert cli("registry", "check", str(folder)).code == 4


def test_an_empty_folder_is_an_error(cli: Cli, tmp_path: Path) -> None:
    assert "no price files" in cli.fails(4, "registry", "check", str(tmp_path))


def test_files_can_be_checked_while_the_bundled_prices_are_broken(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Registry:
        raise RegistryError("broken")

    monkeypatch.setattr(bundled_module, "bundled", broken)
    assert cli.ok("registry", "check", str(folder / "good.yaml"))


def test_the_schema_describes_both_kinds_of_file(cli: Cli) -> None:
    said = cli.ok("registry", "schema")
    assert said == schema_text()
    schema = json.loads(said)
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert {each["$ref"] for each in schema["anyOf"]} == {
        "#/$defs/PriceFile", "#/$defs/CalendarFile",
    }  # fmt: skip
    assert "input" in schema["$defs"]["Period"]["properties"]


def test_the_version_is_the_digest(cli: Cli, registry: Registry, own_prices: Path) -> None:
    assert cli.ok("registry", "version") == f"{registry.version}\n"
    data = cli.json("registry", "version", "--pricing", str(own_prices))
    assert data["version"] != registry.version
    assert str(own_prices) in data["overlays"][-1]


def test_providers_with_their_models_and_newest_check(cli: Cli) -> None:
    lines = cli.ok("registry", "providers").splitlines()
    assert lines[0].split() == ["id", "name", "models", "current", "checked"]
    assert lines[2].split() == ["acme", "Acme", "15", "9", "2099-01-01"]
    assert lines[3].split() == ["bare", "–", "1", "1", "–"]
    rows: list[dict[str, Any]] = cli.json("registry", "providers")["providers"]
    assert [row["id"] for row in rows] == ["acme", "bare", "yuan"]


def test_a_bare_group_shows_its_help(cli: Cli) -> None:
    assert "Check price files" in cli.ok("registry")


def test_an_unknown_command_names_the_nearest(cli: Cli) -> None:
    said = cli.fails(4, "registry", "chekc")
    assert said == "unknown command 'chekc'; nearest: check; see 'costcalc registry --help'"
    assert "known: check, schema" in cli.fails(4, "registry", "zzz")


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        pytest.param(GOOD, 0, "-: 1 model, 1 price list: ok\n", id="a valid one"),
        pytest.param(BAD, 4, "-:3: models.b.input: ", id="a wrong one is wrong both times"),
        pytest.param(b"\xff", 4, "-: this is no UTF-8 text: ", id="no text"),
    ],
)
def test_standard_input_is_read_once(cli: Cli, text: str | bytes, code: int, said: str) -> None:
    result = cli("registry", "check", "-", stdin=text)
    assert result.code == code
    assert (result.out if code == 0 else result.err).startswith(said)


@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="there are no files of open pipes here")
def test_a_pipe_is_read_once(cli: Cli) -> None:
    reading, writing = os.pipe()
    os.write(writing, BAD.encode())
    os.close(writing)
    ended = cli("registry", "check", f"/dev/fd/{reading}")
    os.close(reading)
    assert ended.code == 4
    assert ended.err.startswith(f"/dev/fd/{reading}:3: models.b.input: ")


def test_closed_standard_input_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    found = check_files(["-"])
    assert [each.message for each in found.problems] == [
        "-: standard input is closed; name a file instead of -"
    ]


def test_a_file_without_content_holds_no_prices(cli: Cli, tmp_path: Path) -> None:
    empty, comment = tmp_path / "empty.yaml", tmp_path / "comment.yaml"
    empty.touch()
    comment.write_text("# soon\n---\n")
    dates = tmp_path / "dates.yaml"  # nobody's calendar makes up for prices
    dates.write_text(CALENDAR)
    ended = cli("registry", "check", str(dates), str(empty), str(comment))
    assert (ended.code, ended.out) == (4, f"{dates}: 0 models, 0 price lists: ok\n")
    assert ended.err.count("there are no prices here; a price file needs 'provider' and") == 2
