"""What px6 keeps of a comment that it is sent."""

from __future__ import annotations

import html

CUT_AFTER = 20
"""Characters."""


def kept_comment(comment: str, how: str) -> str:
    """What becomes of a comment by the rule `comments`."""
    match how:
        case "escaped":
            return html.escape(comment)
        case "cut":
            return comment[:CUT_AFTER]
        case "lower":
            return comment.lower()
        case "lost":
            return ""
    return comment
