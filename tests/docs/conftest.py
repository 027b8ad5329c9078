"""Let the tests of this folder import `pages`, which is also a command of its own."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
