"""Projects by their folder: what an agent calls one, and how it is shown."""

from __future__ import annotations

import re
from collections import Counter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["claude_project", "labels"]

_WORKTREE = re.compile(r"[\\/]\.claude[\\/]worktrees[\\/]")
"""Where Claude Code puts worktrees: https://code.claude.com/docs/en/worktrees."""
_SPELLED = re.compile(r"[^a-zA-Z0-9]")
"""What it spells as a hyphen in the name of a project's folder."""
_CUT = re.compile(r"[\\/]")
_PATH = re.compile(r"[\\/]|[a-zA-Z]:[\\/]")


def claude_project(cwd: str, folder: str) -> str:
    """Return the path of a project of Claude Code.

    `cwd` moves into folders below while an agent works; the project is the one of them whose
    spelling the log's folder has, else `cwd` itself. A worktree that Claude Code made belongs to
    the repository that it lies in.
    """
    ends = [cut.start() for cut in _CUT.finditer(cwd)]
    above = (cwd[:end] for end in (*ends[1:], len(cwd)))
    path = next((each for each in above if _SPELLED.sub("-", each) == folder), cwd)
    return _WORKTREE.split(path, maxsplit=1)[0]


def labels(projects: Iterable[str]) -> dict[str, str]:
    """Return projects as they are shown: of a path its last part, or as many as tell it apart."""
    names = dict.fromkeys(projects)
    parts = {each: [part for part in _CUT.split(each) if part] for each in names}
    shown = {each: 1 for each in names if _PATH.match(each) and parts[each]}
    while True:
        found = {
            each: "/".join(parts[each][-shown[each] :]) if each in shown else each for each in names
        }
        seen = Counter(found.values())
        alike = [each for each in shown if seen[found[each]] > 1 and shown[each] < len(parts[each])]
        if not alike:
            return found
        for each in alike:
            shown[each] += 1
