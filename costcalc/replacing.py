"""Files that are whole or not there: written beside their place, and moved there at the end."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path

from costcalc.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import IO

__all__ = ["replacing"]


@contextmanager
def replacing(target: Path) -> Generator[IO[bytes]]:
    """Give a file that stands at a place once the block has ended, and nowhere if it failed.

    What stood there before stays until then, and keeps its rights. A symbolic link stays one: the
    file that it points to is replaced, or made.
    """
    from tempfile import NamedTemporaryFile

    place = Path(os.path.realpath(target))
    folder = place.parent
    if not folder.is_dir():
        msg = f"cannot write {str(target)!r}: there is no folder {str(folder)!r}; make it first"
        raise UsageError(msg, path=str(target))
    try:
        file = NamedTemporaryFile(dir=folder, prefix=f".{place.name}.", delete=False)  # noqa: SIM115 - closed below, before it is moved
    except OSError as error:
        raise _refused(target, error) from None
    try:
        with file:
            yield file.file
        os.chmod(file.name, _mode(place))
        os.replace(file.name, place)
    except OSError as error:
        os.unlink(file.name)
        if error.filename not in {None, file.name, str(place)}:
            raise  # it speaks of another file, which the block read
        raise _refused(target, error) from None
    except BaseException:
        os.unlink(file.name)
        raise


def _refused(target: Path, error: OSError) -> UsageError:
    msg = f"cannot write {str(target)!r}: {error.strerror or error}; name another place"
    return UsageError(msg, path=str(target))


def _mode(place: Path) -> int:
    """Return the rights of the file that is replaced, or those of a new one."""
    try:
        return place.stat().st_mode & 0o777
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask
