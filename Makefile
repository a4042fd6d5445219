# The project's commands. Only Python 3.11+ and make are needed on the machine.
# A Python that is named gets an environment of its own: `make test PYTHON=python3.13` makes .venv-3.13.
ifdef PYTHON
VENV := .venv-$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
else
PYTHON := python3
VENV := .venv
endif
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Databases of tests lie in memory where there is such a folder: hundreds of them that wait for one disk wait long.
export PYTEST_DEBUG_TEMPROOT := $(wildcard /dev/shm)
# Without compiled modules every worker would compile them all.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo run test suite suite-postgresql suite-newest suite-unsteady coverage lint peers crash approve screens audit mutants screenshots transcript lock

help:
	@echo "make demo   the bot in a browser, without token and account (RESET=1 starts over, PORT=N)"
	@echo "make run    run the bot (settings in .env)"
	@echo "make test   lint, types and the whole test suite (PYTHON=python3.13: on another Python, in an environment of its own)"
	@echo "make suite  the whole test suite alone"
	@echo "make suite-newest  the journeys once more, at px6 as it is in 2026"
	@echo "make suite-unsteady  the whole test suite while answers, sleeps and the loop are held up at random"
	@echo "make suite-postgresql  what touches the database once more, on a PostgreSQL that it starts by itself"
	@echo "make coverage  branch coverage of the rooms, at least 90 %"
	@echo "make peers  other people's clients and bots against the stand-ins"
	@echo "make crash  kills at every point of a payment, faults, long random runs; prints the tables"
	@echo "make approve  what people read, as tests approve it, written anew: read the diff before you commit it"
	@echo "make screens  every screen in English and Russian side by side, in .screens/"
	@echo "make audit  known vulnerabilities in what is pinned"
	@echo "make mutants  how much the suite notices: plants faults (SAMPLE=N, SEED=N, FILE=module, OWNERS=1)"
	@echo "make screenshots  the README's pictures, taken of the demo"
	@echo "make transcript   the README's conversation, played anew"
	@echo "make lock   renew the pinned requirements"

$(VENV)/main.stamp: requirements/main.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements/main.txt
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/main.stamp
	$(BIN)/pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

demo: $(VENV)/main.stamp
	@exec $(BIN)/python -m demo $(if $(RESET),--reset) $(if $(PORT),--port $(PORT))

run: $(VENV)/main.stamp
	@exec $(BIN)/python -m bot

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint suite

suite: $(VENV)/dev.stamp
	$(BIN)/pytest
	@ls /usr/lib/postgresql/*/bin/pg_ctl > /dev/null 2>&1 || command -v pg_ctl > /dev/null || echo "All ran on SQLite. The half on PostgreSQL: apt-get install postgresql && make suite-postgresql"

# A server of the tests' own, on a Unix socket in the temporary folder, which keeps nothing on a disk.
ON_POSTGRESQL := storage services journeys faults crash bot/test_webhook_several.py bot/test_taking_over.py
suite-postgresql: $(VENV)/dev.stamp
	DATABASE=postgresql $(BIN)/pytest $(ON_POSTGRESQL:%=tests/%)

# The same journeys at the px6 of 2026: MTProto, both protocols on one port, all prices and all stock in one call each.
suite-newest: $(VENV)/dev.stamp
	PX6_PROFILE=newest $(BIN)/pytest tests/journeys

# Finds tests that hang on which of two answers comes first, or on how busy the machine is.
suite-unsteady: $(VENV)/dev.stamp
	$(BIN)/pytest -p tests.unsteady

# Tracing doubles what Python needs. The tests that are about processes, browsers and chance reach no line more.
UNTRACED := bot browser crash demo faults fuzz locales people
coverage: $(VENV)/dev.stamp
	$(BIN)/pytest --cov --cov-report=term $(UNTRACED:%=--ignore=tests/%)

peers: $(VENV)/dev.stamp
	$(BIN)/python -m tests.peers

crash: $(VENV)/dev.stamp
	$(BIN)/python -m tests.faults
	$(BIN)/python -m tests.crash
	$(BIN)/python -m tests.crash.several
	HYPOTHESIS_PROFILE=long $(BIN)/pytest -n 2 --timeout 3000 tests/people tests/fuzz

approve: $(VENV)/dev.stamp
	APPROVE=1 $(BIN)/pytest tests/approved tests/journeys/test_every_button.py

screens: $(VENV)/dev.stamp
	$(BIN)/python -m tests.approved

screenshots: $(VENV)/dev.stamp
	$(BIN)/python -m demo.screenshots

transcript: $(VENV)/dev.stamp
	$(BIN)/python -m tests.transcript

mutants: $(VENV)/dev.stamp
	@SAMPLE="$(SAMPLE)" SEED="$(SEED)" FILE="$(FILE)" OWNERS="$(OWNERS)" TESTS="$(TESTS)" $(BIN)/python -m tests.mutants

audit: $(VENV)/dev.stamp
	$(BIN)/python requirements/audit.py

lock:
	for name in main dev build; do \
	  uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --no-annotate \
	    requirements/$$name.in -o requirements/$$name.txt; \
	done
