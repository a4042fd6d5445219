"""The list of proxies and what can be done with those in it."""
