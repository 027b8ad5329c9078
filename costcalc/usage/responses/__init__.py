"""Readers of what providers and frameworks report: one module a wire format."""

__all__: list[str] = []
