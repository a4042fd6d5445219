"""The launcher of the demo."""
