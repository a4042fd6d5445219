"""Quotes, payments, their outcomes and their history."""
