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
