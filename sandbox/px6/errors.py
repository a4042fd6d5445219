"""The table of error codes, as the document words it, and the refusal that carries one."""

from __future__ import annotations

ERRORS = {
    30: "Error unknown",
    100: "Error key",
    105: "Error ip",
    110: "Error method",
    200: "Error count",
    210: "Error period",
    220: "Error country",
    230: "Error ids",
    240: "Error version",
    250: "Error descr",
    260: "Error type",
    270: "Error port",
    280: "Error proxy str",
    300: "Error active proxy allow",
    400: "Error no money",
    404: "Error not found",
    410: "Error price",
}


WORDLESS = "Error"
"""Of a number that the table does not have; only a fault says it."""


class Refusal(Exception):
    """px6 says no: answered with HTTP 200 and `error_id`; nothing has happened."""

    def __init__(self, error_id: int, words: str | None = None) -> None:
        super().__init__(words or ERRORS.get(error_id, WORDLESS))
        self.error_id = error_id

    def reply(self) -> dict[str, object]:
        return {"status": "no", "error_id": self.error_id, "error": str(self)}
