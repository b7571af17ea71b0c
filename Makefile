# The few commands of this project. `make serve` needs Python 3.11 or later with venv, and nothing else.
PYTHON ?= python3
BIN := .venv/bin
# As many processes as there are processors, four at most. Each runs whole files; tests/conftest.py keeps apart what must be.
PYTEST := $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadgroup --no-loadscope-reorder

.PHONY: serve test style check check-slow lock format screenshots bench bench-wordpress attack clean

serve: .venv/installed
	$(BIN)/blog serve

test: .venv/installed-dev chromium
	$(PYTEST) -m "not slow"

check: style test

style: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check-slow: .venv/installed-dev chromium
	$(BIN)/python -m pytest --timeout 3600

# Two scanners, wapiti and sqlmap, against a server of this machine, signed in as a moderator; some half an hour.
attack: .venv/installed-dev .attack/installed
	$(BIN)/python -m tests.attacks.scanners

format: .venv/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

screenshots: .venv/installed-dev chromium
	$(BIN)/python -m tests.browser.screenshots

bench: .venv/installed-dev chromium
	$(BIN)/python -m benchmarks

# Beside WordPress; as root, on Debian: what it needs is installed by apt-get, its services are not started.
bench-wordpress: .venv/installed-dev
	$(BIN)/python -m benchmarks.wordpress

clean:
	rm -rf .venv .attack build dist *.egg-info

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/installed: pyproject.toml .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv/installed-dev: pyproject.toml .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	touch $@ .venv/installed

.attack/installed:
	$(PYTHON) -m venv .attack
	.attack/bin/python -m pip install --quiet --disable-pip-version-check wapiti3 sqlmap
	touch $@

.PHONY: chromium
chromium: .venv/installed-dev
	PYTHON=$(BIN)/python sh tests/browser/chromium.sh
