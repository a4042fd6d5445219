"""The running program. `__version__` is the version of everything here; CHANGELOG.md says what came with it."""

__version__ = "0.1.0"
