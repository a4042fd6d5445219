"""What Clash, sing-box and Xray are given fits JSON schemas of their formats, by a validator that is not ours.

Clash's is a schema that others keep for mihomo; the other two are written after the documents of the programs. All
are in `schemas/`, with where they come from.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from services.proxies.exports import Format, export
from tests.services.proxies.odd_proxies import ALL

SCHEMAS = Path(__file__).parent / "schemas"
READERS: dict[Format, tuple[str, Callable[[str], Any]]] = {
    Format.CLASH: ("mihomo", yaml.safe_load),
    Format.SING_BOX: ("sing_box", json.loads),
    Format.XRAY: ("xray", json.loads),
}


def faults_of(how: Format, change: Callable[[Any], object] = lambda read: None) -> list[str]:
    """Where an export, with something changed in it, does not fit the schema."""
    name, read = READERS[how]
    exported = read(export(ALL, how))
    change(exported)
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    return [str(error.json_path) for error in Draft7Validator(schema).iter_errors(exported)]


@pytest.mark.parametrize("how", READERS)
def test_an_export_fits_the_schema_of_its_program(how: Format) -> None:
    assert faults_of(how) == []


@pytest.mark.parametrize(
    ("how", "change", "where"),
    [
        (Format.CLASH, lambda read: read["proxies"][0].update(port="many"), "$.proxies[0]"),
        (Format.CLASH, lambda read: read["proxy-groups"][0].update(type="any"), "$['proxy-groups'][0]"),
        (Format.CLASH, lambda read: read["rules"].append("MATCH"), "$.rules[1]"),
        (Format.SING_BOX, lambda read: read["outbounds"][1].update(version=5), "$.outbounds[1]"),
        (Format.SING_BOX, lambda read: read["outbounds"][0].update(login="x"), "$.outbounds[0]"),
        (
            Format.XRAY,
            lambda read: read["outbounds"][0]["settings"]["servers"][0]["users"][0].pop("pass"),
            "$.outbounds[0].settings.servers[0].users[0]",
        ),
    ],
)
def test_the_schemas_see_what_does_not_fit(how: Format, change: Callable[[Any], object], where: str) -> None:
    assert faults_of(how, change) == [where]
