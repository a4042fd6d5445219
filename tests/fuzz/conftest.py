"""The same inputs in every run of the suite; `make crash` looks for new ones, many more of them."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "suite")

settings.register_profile(
    "suite",
    derandomize=True,
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.too_slow],
    database=None,
)
settings.register_profile("long", settings.get_profile("suite"), derandomize=False, max_examples=3000)
settings.load_profile(PROFILE)
if PROFILE == "suite":
    # Hypothesis also tries constants of whatever module of ours is imported by then: other inputs with each edit.
    providers._get_local_constants = Constants
