"""What every test of the core may rely on."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import (
    Context,
    DivisionByZero,
    FloatOperation,
    Inexact,
    InvalidOperation,
    Overflow,
    Rounded,
    Subnormal,
    Underflow,
    localcontext,
)

import pytest


@pytest.fixture
def hostile_context() -> Iterator[None]:
    """Run a test where the caller's decimals have three digits and every signal raises."""
    traps = [
        DivisionByZero,
        FloatOperation,
        Inexact,
        InvalidOperation,
        Overflow,
        Rounded,
        Subnormal,
        Underflow,
    ]
    with localcontext(Context(prec=3, Emin=-3, Emax=3, traps=traps)):
        yield
