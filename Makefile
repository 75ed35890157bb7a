# Everything a developer does here, one target each. Needs Python 3.11+ with venv, and make.
# The compiled engine is built by the C compiler that is there; where none is, `make setup` installs one into .venv.
# Another Python: make setup PYTHON=python3.12

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.setup-done
PIP    := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet --quiet --constraint constraints.txt
PYTEST := $(BIN)/python -m pytest
# where no browser should be installed: make test BROWSER_FLAGS=
BROWSER_FLAGS ?= --install
# Tests wait a third of their time, so there is one process more than two cores have; more cores can do with more.
PROCESSES ?= 3
TOGETHER := -n $(PROCESSES) --dist loadscope
# the rooms' own tests, but for what starts a back end, drives a browser or takes a second
UNIT := -m "not (bench or load or browser or backend or slow)" $(addprefix tests/,architecture journeys simulators \
	load reports api recorded)

# Without compiled modules every process that a test starts compiles again what it imports, and pytest all tests.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help setup demo unit test lint bench browser docs clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/make \1|\2/' | awk -F'|' '{ printf "  %-13s %s\n", $$1, $$2 }'

setup: $(STAMP) ## create .venv and install the project and its tools (again only when they changed)

demo: setup ## play the example journey through every engine, into out/demo
	$(BIN)/journeywright demo --out out/demo

unit: setup ## run the quick tests alone
	$(PYTEST) -q $(TOGETHER) $(UNIT)

# those that make load come after all others, and those that judge milliseconds have the machine to themselves; only
# the files that hold some are read again
test: setup ## run all tests: the quick ones, then those that make load
	@$(BIN)/python -m journeys.browser.finding $(BROWSER_FLAGS) || echo "No browser: tests that drive one will be skipped."
	$(PYTEST) $(TOGETHER) -m "not bench and not load"
	$(PYTEST) $(TOGETHER) -m "load and not bench and not alone" $$(grep -rl --include='test_*.py' 'mark\.load' tests)
	$(PYTEST) -m "alone and not bench" $$(grep -rl --include='test_*.py' 'mark\.alone' tests)

lint: setup ## check style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: setup ## measure speed, beside that of others
	@$(PIP) --no-build-isolation --editable '.[bench]'
	@$(PYTEST) -m bench || [ $$? -eq 5 ]

browser: setup ## find a browser for Playwright, or install one
	$(BIN)/python -m journeys.browser.finding --install

docs: setup ## make the pages of the journeys from their own runs, into docs/journeys
	$(BIN)/journeywright docs --out docs/journeys

clean: ## remove .venv, caches and what runs have written
	rm -rf $(VENV) build dist out .hypothesis .mypy_cache .pytest_cache .ruff_cache test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): pyproject.toml constraints.txt
	@command -v "$(PYTHON)" >/dev/null 2>&1 || { \
	  echo "setup: no program called '$(PYTHON)'; install Python 3.11 or newer, or name one: make setup PYTHON=..." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "setup: Python 3.11 or newer is needed (got $$("$(PYTHON)" --version 2>&1)); name one: make setup PYTHON=..." >&2; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "setup: this Python has no venv and ensurepip; install them (Debian, Ubuntu: apt-get install python3-venv)" >&2; exit 1; }
	@$(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  rm -rf $(VENV) && echo "setup: creating $(VENV)" && "$(PYTHON)" -m venv $(VENV); }
	@echo "setup: installing dependencies (a minute or two)"
	@$(PIP) hatchling
	@$(PIP) --no-build-isolation --editable '.[dev,cluster]'
	@$(BIN)/python -c 'import sys; from simulators.compiled.building import compiler; sys.exit(not compiler())' || { \
	  echo "setup: no C compiler here; installing one" && $(PIP) --no-build-isolation --editable '.[compiler]'; }
	@touch $@
