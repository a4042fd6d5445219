"""Home, the px6 key, settings, and being forgotten."""
