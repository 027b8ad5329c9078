from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from costcalc import Cost, LineItem, MissingExtraError, Usage, UsageError, price
from costcalc.registry.registry import Registry
from costcalc.report import focus_files
from costcalc.report.focus import focus_rows
from costcalc.report.focus_charge import Charge
from costcalc.report.focus_columns import FOCUS_VERSIONS, columns_of
from costcalc.report.focus_files import FocusFile, write_focus

ACCOUNT = "org-1"
AT = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


def cost_of(amount: str, currency: str = "USD") -> Cost:
    line = LineItem("request", 1, 1, Decimal(amount), Decimal(amount), "image", "", "acme", "big")
    return Cost(total=Decimal(amount), currency=currency, lines=(line,), at=AT)


@pytest.fixture(scope="module")
def cost(registry: Registry) -> Cost:
    usage = Usage(input_tokens=1_234_567, cache_read_tokens=1_000, output_tokens=89, units={"audio_second": 0})  # fmt: skip
    return price("small", usage, at=AT, registry=registry)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("version", FOCUS_VERSIONS)
def test_a_csv_file_has_every_row_as_exact_text(tmp_path: Path, cost: Cost, version: str) -> None:
    target = tmp_path / "usage.csv"
    charge = Charge(cost, tags={"team": 'a "quoted", name'})
    written = write_focus(target, charge, billing_account_id=ACCOUNT, version=version)
    found = read(target)
    rows = list(focus_rows(charge, billing_account_id=ACCOUNT, version=version))
    assert [*found[0]] == [column.name for column in columns_of(version)]
    assert len(found) == len(rows) == written.rows
    for texts, row in zip(found, rows, strict=True):
        for column in columns_of(version):
            text, value = texts[column.name], row[column.name]
            if value is None:
                assert text == ""
            elif isinstance(value, Decimal):
                assert Decimal(text) == value
                assert "." in text
                assert "E" not in text
            elif isinstance(value, datetime):
                assert text == value.strftime("%Y-%m-%dT%H:%M:%SZ")
            else:
                assert text == value
    assert sum(Decimal(row["BilledCost"]) for row in found) == cost.total


def test_a_parquet_file_has_the_same_rows_as_decimals(tmp_path: Path, cost: Cost) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    target = tmp_path / "usage.PARQUET"
    write_focus(target, [cost, cost], billing_account_id=ACCOUNT)
    table = parquet.read_table(target)
    rows = list(focus_rows([cost, cost], billing_account_id=ACCOUNT))
    assert table.to_pylist() == rows
    assert str(table.schema.field("BilledCost").type) == "decimal128(38, 18)"
    assert str(table.schema.field("ChargePeriodStart").type) == "timestamp[us, tz=UTC]"
    assert not table.schema.field("BilledCost").nullable
    assert table.schema.metadata[b"FocusVersion"] == b"1.3"


def test_parquet_is_written_in_groups(
    tmp_path: Path, cost: Cost, monkeypatch: pytest.MonkeyPatch
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr(focus_files, "_BATCH", 2 * len(cost.lines))
    target = tmp_path / "usage.parquet"
    for number, groups in ((4, 2), (5, 3)):
        write_focus(target, [cost] * number, billing_account_id=ACCOUNT)
        assert parquet.ParquetFile(target).num_row_groups == groups


def test_the_answer_says_how_much_and_what_it_sums_to(tmp_path: Path) -> None:
    stated = replace(cost_of("2.50"), stated=Decimal(3))
    charges = [cost_of("0.1"), Charge(stated, billed="stated"), Charge(cost_of("7", "EUR"), billed="nothing")]  # fmt: skip
    found = write_focus(tmp_path / "usage.csv", charges, billing_account_id=ACCOUNT)
    assert found == FocusFile(
        path=str(tmp_path / "usage.csv"), version="1.3", charges=3, rows=4,
        list_cost={"USD": Decimal("3.1"), "EUR": Decimal(7)},
        contracted_cost={"USD": Decimal("3.1"), "EUR": Decimal(7)},
        billed_cost={"USD": Decimal("3.1"), "EUR": Decimal(0)},
    )  # fmt: skip
    assert FocusFile.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize(
    ("costs", "calls"),
    [
        ([cost_of("1")] * 5, [(2, 5), (4, 5), (5, 5)]),
        ([cost_of("1")] * 4, [(2, 4), (4, 4)]),
        (cost_of("1"), [(1, 1)]),
        ([], [(0, 0)]),
        ((each for each in [cost_of("1")] * 3), [(2, None), (3, None)]),
    ],
    ids=["a list", "a list that ends at a step", "one cost", "none", "a generator"],
)
def test_progress_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, costs: Any, calls: list[Any]
) -> None:
    monkeypatch.setattr(focus_files, "_EVERY", 2)
    told: list[tuple[int, int | None]] = []
    write_focus(tmp_path / "usage.csv", costs, billing_account_id=ACCOUNT, progress=lambda done, of: told.append((done, of)))  # fmt: skip
    assert told == calls


def test_costs_are_read_one_by_one(tmp_path: Path) -> None:
    """Nothing of a cost is kept once its rows are written."""
    alive = 0
    most = 0

    class Counted(Charge):
        def __post_init__(self) -> None:
            nonlocal alive, most
            alive += 1
            most = max(most, alive)
            Charge.__post_init__(self)

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    costs = (Counted(cost_of("1")) for _ in range(100))
    found = write_focus(tmp_path / "usage.csv", costs, billing_account_id=ACCOUNT)
    assert found.rows == 100
    assert most <= 3


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_file_is_whole_or_as_it_was(tmp_path: Path, suffix: str) -> None:
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    target = tmp_path / f"usage{suffix}"
    target.write_text("before")
    target.chmod(0o640)

    def broken() -> Iterator[Cost]:
        yield cost_of("1")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_focus(target, broken(), billing_account_id=ACCOUNT)
    assert target.read_text() == "before"
    assert os.listdir(tmp_path) == [target.name]
    write_focus(target, cost_of("1"), billing_account_id=ACCOUNT)
    assert target.read_bytes()[:6] != b"before"
    assert os.listdir(tmp_path) == [target.name]
    if os.name == "posix":
        assert target.stat().st_mode & 0o777 == 0o640


def test_a_new_file_has_the_rights_of_a_new_file(tmp_path: Path) -> None:
    beside = tmp_path / "beside"
    beside.touch()
    write_focus(tmp_path / "usage.csv", cost_of("1"), billing_account_id=ACCOUNT)
    assert (tmp_path / "usage.csv").stat().st_mode == beside.stat().st_mode


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"ends in .csv or .parquet, not in '.xlsx'"):
        write_focus(tmp_path / "usage.xlsx", cost_of("1"), billing_account_id=ACCOUNT)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        write_focus(tmp_path / "no" / "usage.csv", cost_of("1"), billing_account_id=ACCOUNT)


def test_a_place_that_is_a_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "usage.csv").mkdir()
    with pytest.raises(UsageError, match=r"cannot write .*usage.csv'.*name another place"):
        write_focus(tmp_path / "usage.csv", cost_of("1"), billing_account_id=ACCOUNT)
    assert os.listdir(tmp_path) == ["usage.csv"]


def test_a_folder_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.NamedTemporaryFile", refuse)
    with pytest.raises(UsageError, match="Permission denied; name another place"):
        write_focus(tmp_path / "usage.csv", cost_of("1"), billing_account_id=ACCOUNT)


@pytest.mark.parametrize("amount", ["1e-19", "123456789012345678901.5"])
def test_an_amount_that_parquet_cannot_hold_is_refused(tmp_path: Path, amount: str) -> None:
    pytest.importorskip("pyarrow")
    costs = [cost_of("1"), cost_of(amount)]
    with pytest.raises(UsageError, match=r"has more digits than the 38, 18 of them.*write .csv"):
        write_focus(tmp_path / "usage.parquet", costs, billing_account_id=ACCOUNT)
    assert os.listdir(tmp_path) == []
    write_focus(tmp_path / "usage.csv", costs, billing_account_id=ACCOUNT)
    assert Decimal(read(tmp_path / "usage.csv")[1]["BilledCost"]) == Decimal(amount)


def test_without_the_package_parquet_says_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'costcalc\[parquet\]', or write .csv"):  # fmt: skip
        write_focus(tmp_path / "usage.parquet", cost_of("1"), billing_account_id=ACCOUNT)
    assert os.listdir(tmp_path) == []
