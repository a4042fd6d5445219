"""A profile of Proxifier: XML that it imports from a file. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from px6 import Protocol, Proxy

DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
FIRST_ID = 100
USUAL_OPTIONS = "48"
LOCALHOST = "localhost; 127.0.0.1; %ComputerName%; ::1"
# https://www.w3.org/TR/xml/#charsets: XML has no way to write these, not even escaped.
NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def proxifier(proxies: Sequence[Proxy]) -> str:
    """The proxies and two rules. A single proxy takes all but local traffic; of several one is chosen there."""
    profile = Xml.Element("ProxifierProfile", version="102", platform="Windows", product_id="0", product_minver="400")
    Xml.SubElement(Xml.SubElement(profile, "Options"), "Encryption", mode="disabled")
    listed = Xml.SubElement(profile, "ProxyList")
    for number, proxy in enumerate(proxies, FIRST_ID):
        listed.append(element(number, proxy))
    Xml.SubElement(profile, "ChainList")
    profile.append(rules(is_single=len(proxies) == 1))
    Xml.indent(profile)
    return f"{DECLARATION}\n{Xml.tostring(profile, encoding='unicode')}\n"


def element(number: int, proxy: Proxy) -> Xml.Element:
    made = Xml.Element("Proxy", id=str(number), type="SOCKS5" if proxy.type == Protocol.SOCKS else "HTTPS")
    login = Xml.SubElement(made, "Authentication", enabled="true")
    Xml.SubElement(login, "Password").text = NOT_IN_XML.sub("", proxy.password)
    Xml.SubElement(login, "Username").text = NOT_IN_XML.sub("", proxy.user)
    Xml.SubElement(made, "Options").text = USUAL_OPTIONS
    Xml.SubElement(made, "Port").text = str(proxy.port)
    Xml.SubElement(made, "Address").text = NOT_IN_XML.sub("", proxy.host)
    return made


def rules(*, is_single: bool) -> Xml.Element:
    made = Xml.Element("RuleList")
    local = Xml.SubElement(made, "Rule", enabled="true")
    Xml.SubElement(local, "Name").text = "Localhost"
    Xml.SubElement(local, "Targets").text = LOCALHOST
    Xml.SubElement(local, "Action", type="Direct")
    rest = Xml.SubElement(made, "Rule", enabled="true")
    Xml.SubElement(rest, "Name").text = "Default"
    action = Xml.SubElement(rest, "Action", type="Proxy" if is_single else "Direct")
    action.text = str(FIRST_ID) if is_single else None
    return made
