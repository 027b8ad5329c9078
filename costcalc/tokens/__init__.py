"""Counting tokens offline: exact where the vocabulary is public, an honest range elsewhere."""
