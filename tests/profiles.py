"""Which px6 stands in where a test does not say it. `PX6_PROFILE=newest pytest …` plays it on the newest one."""

from __future__ import annotations

import os

import msgspec

from sandbox.px6 import Profile

PROFILE: Profile = msgspec.convert(os.environ.get("PX6_PROFILE", "current"), Profile)
ON_NEWEST = PROFILE == "newest"
