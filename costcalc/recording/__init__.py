"""Costs of calls as they are made: a meter that adds them up, and hooks that feed it."""
