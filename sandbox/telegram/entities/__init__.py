"""Text of messages: markup in, plain text and entities (offsets in UTF-16 code units) out."""

from sandbox.telegram.entities.compose import CAPTION, MESSAGE, TextLimits, compose
from sandbox.telegram.entities.spans import length_of

__all__ = ["CAPTION", "MESSAGE", "TextLimits", "compose", "length_of"]
