"""Build hook: compile the price files into the form that a wheel carries."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_PLUGIN = "pytest-costcalc/pyproject.toml"


class CompilePrices(BuildHookInterface[Any]):
    """Puts `costcalc/registry/prices.tsv`, made from `pricing/`, into the wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the prices; an editable install reads the YAML itself and needs none.

        It brings the pytest plugin instead, as one command should install a checkout, and the few
        files that it lists cost pytest nothing.
        """
        if version == "editable":
            plugin = tomllib.loads((Path(self.root) / _PLUGIN).read_text(encoding="utf-8"))
            self.metadata.core.entry_points.update(plugin["project"]["entry-points"])
            return
        sys.path.insert(0, self.root)
        from costcalc.registry.bundled import compile_folder

        target = Path(self.directory) / "prices.tsv"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(compile_folder(Path(self.root) / "pricing").encode())
        build_data["force_include"][str(target)] = "costcalc/registry/prices.tsv"
