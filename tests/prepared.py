"""The program, imported as the suite runs it: in an order that is quick, and with what all its databases share."""

from __future__ import annotations

import tests.built_models  # noqa: F401 - before whatever imports aiogram first
from tests.databases import ON_POSTGRESQL
from tests.kept_signatures import keep_signatures
from tests.loop_connections import without_threads

without_threads()
keep_signatures()
if ON_POSTGRESQL:
    from tests.kept_connections import keep_connections  # imports psycopg

    keep_connections()
