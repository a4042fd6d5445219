"""The same people in every run of the suite; `make crash` (HYPOTHESIS_PROFILE=long) lets others live longer."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"

PROFILE = settings(
    deadline=None,
    database=None,
    derandomize=not LONG,
    max_examples=60 if LONG else 2,
    stateful_step_count=60 if LONG else 20,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)
