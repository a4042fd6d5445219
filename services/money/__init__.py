"""The forecast, its chart, and what it says in short."""
