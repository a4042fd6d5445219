"""What every conversation stands on: turns, screens, words, parsing, and shared buttons."""
