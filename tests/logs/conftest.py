from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # the tests share `logs_support`

import pytest
from logs_support import PRICES

from costcalc import Registry


@pytest.fixture(scope="session")
def prices() -> Registry:
    """A small list of prices with everything that sums must respect."""
    return Registry.from_yaml(PRICES)


@pytest.fixture(autouse=True)
def nobody_home(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep the logs of the machine's own agents out."""
    home = tmp_path_factory.mktemp("home")
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    for name in (
        "CLAUDE_CONFIG_DIR", "CODEX_HOME", "GEMINI_CLI_HOME", "GROK_HOME", "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
    ):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
