"""Automatic prolonging: what a rule plans, announces and executes."""
