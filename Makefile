# Every target does its own set-up: a fresh clone needs Python 3.11 or newer, make and a package index.
PYTHON ?= python3
VENV := .venv
LOWEST := .venv-lowest
FUZZ := .venv-fuzz
BIN := $(VENV)/bin
RUN := $(BIN)/python -m
PIP := -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-quick test-lowest lint format docs pictures bench bench-quick chaos soak fuzz mutation audit clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP) --constraint constraints.txt --editable '.[lint]'
	@touch $@

# Only the documents and the window need these, which are large.
$(VENV)/.documents: $(VENV)/.ready
	$(BIN)/python $(PIP) --constraint constraints.txt --editable '.[docs,qt]'
	@touch $@

$(LOWEST)/.ready: pyproject.toml constraints-lowest.txt
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python $(PIP) --constraint constraints-lowest.txt --editable '.[test]'
	@touch $@

setup: $(VENV)/.documents ## make .venv with everything the other targets need

demo: $(VENV)/.ready ## run a v5 application on compat, migrate it, run it on v6, compare
	$(BIN)/upbit-migrate demo

test: $(VENV)/.documents ## the whole suite
	$(RUN) pytest -n 2 --dist loadgroup

test-quick: $(VENV)/.documents ## the suite without its slow tests
	$(RUN) pytest -n 2 --dist loadgroup -m 'not slow'

test-lowest: $(LOWEST)/.ready ## the suite with the lowest allowed dependency versions
	$(LOWEST)/bin/python -m pytest -n 2 --dist loadgroup -m 'not slow'

lint: $(VENV)/.ready ## style, types, import directions
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) mypy tests/typing
	$(BIN)/lint-imports

format: $(VENV)/.ready ## apply the formatter and the safe fixes
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

docs: $(VENV)/.documents ## build the documentation into site/
	NO_MKDOCS_2_WARNING=1 $(RUN) mkdocs build --strict --quiet

pictures: $(VENV)/.documents ## make the screenshots of the documentation again; needs Chromium
	$(BIN)/python docs/pictures/make_pictures.py

bench: $(VENV)/.ready ## every figure next to its goal
	$(BIN)/python $(PIP) --constraint constraints.txt --editable '.[bench]'
	$(RUN) benchmarks --publish

bench-quick: $(VENV)/.ready ## the same with fewer and shorter runs
	$(RUN) benchmarks --quick

chaos: $(VENV)/.ready ## ten minutes with everything going wrong; SEED=n
	$(RUN) tests.reliability.chaos --seed $(or $(SEED),1)

soak: $(VENV)/.ready ## a day's frames, reconnects and subscriptions in fifteen minutes
	$(RUN) tests.reliability.soak

$(FUZZ)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(FUZZ)
	$(FUZZ)/bin/python $(PIP) --constraint constraints.txt --editable '.[test,fuzz]'
	@touch $@

fuzz: $(FUZZ)/.ready ## fuzz decoder, request parser and migration engine; RUNS=n
	$(FUZZ)/bin/python -m tests.fuzz decoder --runs $(or $(RUNS),1000000)
	$(FUZZ)/bin/python -m tests.fuzz requests --runs $(or $(RUNS),1000000)
	$(FUZZ)/bin/python -m tests.fuzz engine --runs $(or $(RUNS),1000000)

mutation: $(VENV)/.ready ## how many wrong changes to protocol/ its tests notice; MODULES="pacing ..."
	$(RUN) tests.mutation $(MODULES)

# Looks things up on the network, so it is no part of lint. Its tools get an environment of their own.
audit: $(VENV)/.ready ## known weaknesses of the pinned versions, bandit on the code; says what it had to skip
	$(RUN) tests.security.audit

clean: ## remove what the other targets made
	rm -rf $(VENV) $(LOWEST) $(FUZZ) .venv-audit build dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
