"""Files that are whole or not there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from costcalc import UsageError
from costcalc.replacing import replacing

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_there_when_its_block_has_ended(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    target.chmod(0o640)
    with replacing(target) as file:
        file.write(b"new")
        file.flush()
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("there", [True, False], ids=["a file", "nothing yet"])
def test_a_link_stays_one_and_what_it_points_to_is_written(
    tmp_path: Path,
    there: bool,  # noqa: FBT001 - of the table
) -> None:
    real = tmp_path / "real" / "b.txt"
    real.parent.mkdir()
    if there:
        real.write_text("old")
        real.chmod(0o640)
    (tmp_path / "between").symlink_to("real/b.txt")
    link = tmp_path / "a.txt"
    link.symlink_to("between")
    with replacing(link) as file:
        file.write(b"new")
    assert (link.is_symlink(), (tmp_path / "between").is_symlink()) == (True, True)
    assert real.read_text() == "new"
    assert not there or real.stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir(tmp_path)) == ["a.txt", "between", "real"]
    assert os.listdir(real.parent) == ["b.txt"]


def test_a_link_that_fails_leaves_what_it_points_to(tmp_path: Path) -> None:
    real, link = tmp_path / "b.txt", tmp_path / "a.txt"
    real.write_text("old")
    link.symlink_to(real)
    with pytest.raises(ValueError, match="no"), replacing(link):
        raise ValueError("no")
    assert (link.is_symlink(), real.read_text()) == (True, "old")
    assert sorted(os.listdir(tmp_path)) == ["a.txt", "b.txt"]


def test_a_link_to_itself_is_said(tmp_path: Path) -> None:
    link = tmp_path / "a.txt"
    link.symlink_to(link)
    with (
        pytest.raises(UsageError, match=r"cannot write '.*a.txt': Too many levels of symbolic"),
        replacing(link),
    ):
        pass
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_link_into_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    link = tmp_path / "a.txt"
    link.symlink_to("gone/b.txt")
    with (
        pytest.raises(UsageError, match=r"cannot write '.*a.txt': there is no folder '.*gone'"),
        replacing(link),
    ):
        raise AssertionError


@pytest.mark.parametrize("error", [ValueError("no"), OSError(2, "No such file", "another.log")])
def test_what_the_block_raises_comes_through_and_leaves_nothing(
    tmp_path: Path, error: Exception
) -> None:
    with pytest.raises(type(error)) as caught, replacing(tmp_path / "a.txt"):
        raise error
    assert caught.value is error
    assert os.listdir(tmp_path) == []


def test_a_disk_that_is_full_is_said(tmp_path: Path) -> None:
    with (
        pytest.raises(
            UsageError, match=r"cannot write '.*a.txt': No space left on device; name an"
        ),
        replacing(tmp_path / "a.txt"),
    ):
        raise OSError(28, "No space left on device")
    assert os.listdir(tmp_path) == []


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match="there is no folder '.*gone'; make it first"),
        replacing(tmp_path / "gone" / "a.txt"),
    ):
        raise AssertionError


def test_a_name_that_is_too_long_is_said(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match=r"cannot write '.*a': File name too long; name another"),
        replacing(tmp_path / ("a" * 250)),
    ):
        raise AssertionError
