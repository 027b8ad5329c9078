"""Readers of what APIs take: one module a provider's shapes, and what they share."""
