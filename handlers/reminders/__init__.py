"""Digests, and when and how a person is reminded."""
