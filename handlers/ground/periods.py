"""The periods that buttons offer, in days. A person may type any other that px6 sells (`parsing.period`)."""

from __future__ import annotations

BUY_PERIODS = (3, 7, 14, 30, 60, 90)
"""Those of px6's own pages."""

PROLONG_PERIODS = (7, 14, 30, 60, 90)
