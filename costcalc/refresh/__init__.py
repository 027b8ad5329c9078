"""Readers of public price lists: evidence that refreshes and checks the hand-written prices.

A list is read as data and never imported, so no foreign code runs and nothing is downloaded:
`genai_prices`, `model_prices` and `litellm` each have `read(path)`, which takes the wheel or the
single data file and gives `Listing` values in our meters and units. `consensus` says where the
lists agree and where a majority of them stands against our own prices; `digest` shows all that
they state. `python -m costcalc.refresh --help` is the door.
"""

from __future__ import annotations

__all__: list[str] = []
