"""The bundled list: shipped compiled, and compiled anew where a checkout's YAML changed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from core_support import NOW, fresh, total

from costcalc import Registry, RegistryError
from costcalc.registry import bundled
from costcalc.registry.bundled import compile_folder
from costcalc.registry.store import FORMAT

Reload = Callable[[], Registry]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "pricing"
    (found / "imported").mkdir(parents=True)
    write(found / "lab.yaml", 1)
    (found / "README.md").write_text("no prices")
    return found


def write(file: Path, rate: int, model: str = "m") -> None:
    """Write a price file, at another time than before."""
    before = file.stat().st_mtime_ns if file.exists() else 0
    file.write_text(f"provider: {file.stem}\nmodels: {{{model}: {{input: {rate}}}}}\n")
    moment = max(file.stat().st_mtime_ns, before) + 1_000_000
    os.utime(file, ns=(moment, moment))


@pytest.fixture
def reload(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: Path) -> Iterator[Reload]:
    """Return what a new process would load."""
    monkeypatch.setattr(bundled, "_SHIPPED", str(tmp_path / "prices.tsv"))
    monkeypatch.setattr(bundled, "_FOLDER", str(folder))
    monkeypatch.setattr(bundled, "_KEPT", str(tmp_path / "kept" / "prices.tsv"))
    before = vars(bundled)["_loaded"]

    def load() -> Registry:
        monkeypatch.setattr(bundled, "_loaded", None)
        return Registry.load()

    yield load
    monkeypatch.setattr(bundled, "_loaded", before)


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Count the times that YAML is compiled."""
    found: list[Path] = []

    def counted(folder: Path, sources: list[list[object]] | None = None) -> str:
        found.append(folder)
        return compile_folder(folder, sources)

    monkeypatch.setattr(bundled, "compile_folder", counted)
    return found


def test_a_checkout_is_compiled_once(reload: Reload, compilations: list[Path]) -> None:
    for _ in range(3):
        assert total(reload()) == 1
    assert len(compilations) == 1
    assert Registry.load() is Registry.load()


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda folder: write(folder / "lab.yaml", 2), id="a file of the same size"),
        pytest.param(lambda folder: write(folder / "lab.yaml", 222), id="a longer file"),
        pytest.param(
            lambda folder: write(folder / "imported" / "shop.yaml", 2, "n"), id="a new file below"
        ),
        pytest.param(
            lambda folder: (folder / "lab.yaml").rename(folder / "lab2.yaml"), id="a file renamed"
        ),
    ],
)
def test_an_edit_is_never_missed(
    reload: Reload, folder: Path, compilations: list[Path], edit: Callable[[Path], None]
) -> None:
    before = reload().version
    assert total(reload()) == 1
    edit(folder)
    after = reload()
    assert len(compilations) == 2
    rate = {"m": 1}
    for file in folder.rglob("*.yaml"):
        name, _, number = file.read_text().partition("models: {")[2].partition(": {input: ")
        rate[name] = int(number.rstrip("}\n"))
    assert {name: total(after, model=name) for name in rate} == rate
    assert (after.version == before) == (rate == {"m": 1})


def test_a_file_that_is_taken_away_is_gone(reload: Reload, folder: Path) -> None:
    write(folder / "shop.yaml", 5, "n")
    assert total(reload(), model="n") == 5
    (folder / "shop.yaml").unlink()
    with pytest.raises(LookupError):
        total(reload(), model="n")


def test_other_files_do_not_matter(reload: Reload, folder: Path, compilations: list[Path]) -> None:
    reload()
    (folder / "README.md").write_text("more")
    (folder / "imported" / "schema.json").write_text("{}")
    reload()
    assert len(compilations) == 1


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"costcalc\t{", id="cut off in its header"),
        pytest.param(b"costcalc\t[]\n", id="another kind of header"),
        pytest.param(
            f'costcalc\t{{"format":{FORMAT - 1},"digest":"x","sources":[]}}\n'.encode(),
            id="an older format",
        ),
        pytest.param(
            f'costcalc\t{{"format":{FORMAT},"digest":"x"}}\n'.encode(),
            id="a header without sources",
        ),
        pytest.param(b"\xff\xfe", id="no text"),
    ],
)
def test_a_compiled_file_that_cannot_be_used_is_replaced(
    reload: Reload, compilations: list[Path], tmp_path: Path, data: bytes
) -> None:
    kept = tmp_path / "kept" / "prices.tsv"
    kept.parent.mkdir()
    kept.write_bytes(data)
    assert total(reload()) == total(reload()) == 1
    assert len(compilations) == 1
    assert [each.name for each in kept.parent.iterdir()] == ["prices.tsv"]


def test_a_folder_that_cannot_be_written_is_compiled_each_time(
    reload: Reload, compilations: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "kept").write_text("a file where the folder should be")
    assert total(reload()) == total(reload()) == 1
    assert len(compilations) == 2


def test_a_shipped_list_is_used_as_it_is(
    reload: Reload, folder: Path, compilations: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "prices.tsv").write_text(compile_folder(folder))
    write(folder / "lab.yaml", 2)
    assert total(reload()) == 1
    assert compilations == []


def test_the_compiled_form_is_the_same_each_time(folder: Path) -> None:
    write(folder / "shop.yaml", 5, "n")
    assert compile_folder(folder) == compile_folder(folder)
    header = json.loads(compile_folder(folder).partition("\n")[0].partition("\t")[2])
    assert header["sources"] == []


@pytest.mark.parametrize("there", [True, False], ids=["empty", "missing"])
def test_a_package_without_prices_says_so(
    monkeypatch: pytest.MonkeyPatch,
    reload: Reload,
    tmp_path: Path,
    there: bool,  # noqa: FBT001
) -> None:
    nothing = tmp_path / "nothing"
    if there:
        nothing.mkdir()
    monkeypatch.setattr(bundled, "_FOLDER", str(nothing))
    with pytest.raises(
        RegistryError, match="the package carries no prices; install costcalc again"
    ):
        reload()


def test_a_broken_file_of_a_checkout_is_told(reload: Reload, folder: Path) -> None:
    (folder / "lab.yaml").write_text("provider: lab\nmodels: {m: {input: '1'}}\n")
    with pytest.raises(
        RegistryError, match=r"lab\.yaml:2: models\.m\.input: a rate is a plain number"
    ):
        reload()


def test_one_id_in_two_files_of_a_provider_is_refused(folder: Path) -> None:
    (folder / "imported" / "lab.yaml").write_text("provider: lab\nmodels: {n: {input: 1}}\n")
    with pytest.raises(RegistryError, match="provider 'lab' has a file already"):
        compile_folder(folder)


def test_processes_that_start_together_agree(tmp_path: Path, folder: Path) -> None:
    code = f"""
    from concurrent.futures import ThreadPoolExecutor
    import costcalc
    from costcalc.registry import bundled
    bundled._SHIPPED = {str(tmp_path / "prices.tsv")!r}
    bundled._FOLDER = {str(folder)!r}
    bundled._KEPT = {str(tmp_path / "kept.tsv")!r}
    usage = costcalc.Usage(input_tokens=1_000_000)
    def work(_):
        return str(costcalc.price("m", usage, at={NOW!r}).total)
    with ThreadPoolExecutor(8) as pool:
        print(*set(pool.map(work, range(64))))
    """
    assert fresh(code) == "1"
    assert fresh(code) == "1"
