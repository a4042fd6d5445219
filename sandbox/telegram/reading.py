"""Requests as they come over the wire: query, form, JSON, multipart."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import BodyPartReader, web
from multidict import MultiMapping
from yarl import URL

from sandbox.telegram.arguments import Arguments, Upload
from sandbox.telegram.errors import Refusal, bad_request

MAX_UPLOAD = 50 * 1024 * 1024
TOO_LARGE = "Request Entity Too Large"


async def read_arguments(request: web.Request) -> Arguments:
    """The arguments of a request, whatever form it has; raises Refusal."""
    values: dict[str, Any] = dict(request.query) if request.query_string else {}
    if not request.can_read_body:
        return Arguments(values)
    content_type = request.content_type
    if content_type.startswith("multipart/"):
        return await _multipart(request, values)
    body = await _body(request)
    if content_type == "application/json":
        values.update(_decoded(body))
    elif body:
        values.update(_form(body))
    return Arguments(values)


async def _body(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise Refusal(413, TOO_LARGE) from None


def _form(body: bytes) -> dict[str, str]:
    """Decoded by yarl, whose unquoting is compiled: ten times as fast as parse_qsl on Russian keyboards."""
    return dict(URL.build(path="/", query_string=body.decode("utf-8", "replace"), encoded=True).query)


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        decoded = msgspec.json.decode(body or b"{}")
    except msgspec.DecodeError:
        raise bad_request("can't parse JSON object") from None
    if not isinstance(decoded, dict):
        raise bad_request("can't parse JSON object")
    return decoded


async def _multipart(request: web.Request, values: dict[str, Any]) -> Arguments:
    files: dict[str, Upload] = {}
    total = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or not part.name:
            continue
        content = await _part(part, MAX_UPLOAD - total)
        total += len(content)
        if part.filename is not None:
            mime_type = part.headers.get("Content-Type", "")
            files[part.name] = Upload(part.filename, content, mime_type)
        else:
            values[part.name] = content.decode("utf-8", "replace")
    return Arguments(values, files)


async def _part(part: BodyPartReader, room: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(65_536):
        content += chunk
        if len(content) > room:
            raise Refusal(413, TOO_LARGE)
    return bytes(content)


def query_int(query: MultiMapping[str], name: str) -> int | None:
    """A number of the query string; None when absent or no number."""
    try:
        return int(query[name])
    except (KeyError, ValueError):
        return None
