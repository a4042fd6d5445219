"""Automatic prolonging: the rules and how they are made."""
