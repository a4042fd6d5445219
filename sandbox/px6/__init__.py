"""The stand-in of the px6 (PROXY6) API: strict, stateful, on loopback, with faults on demand."""

from .demo import add_demo_account
from .errors import ERRORS, Refusal
from .http import Served, serve_px6
from .model import Account, Call, Event, Fault, FaultKind, Profile, Proxy, Rules, Spend
from .spending import Purchase
from .state import Px6State

__all__ = [
    "ERRORS",
    "Account",
    "Call",
    "Event",
    "Fault",
    "FaultKind",
    "Profile",
    "Proxy",
    "Purchase",
    "Px6State",
    "Refusal",
    "Rules",
    "Served",
    "Spend",
    "add_demo_account",
    "serve_px6",
]
