"""The chat page in a real browser. Skipped where there is no chromium; continuous integration has one."""
