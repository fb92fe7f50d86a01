# Each target is a line or two that a person could type. `make run` is all a new machine needs.
VENV ?= .venv
BIN = $(VENV)/bin
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
  $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PIP_INSTALL = $(BIN)/python -m pip install --require-hashes --disable-pip-version-check --root-user-action=ignore --no-input
LOCK = $(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --no-emit-index-url --custom-compile-command "make lock"
# Enough for commands that load the settings and need no server.
UNUSED = DATABASE_URL=postgres:///unused REDIS_URL=redis:///0 SAMSVAR_DEMO=1 SAMSVAR_SECRET_KEY=unused SAMSVAR_KEYS=unused SAMSVAR_HASH_KEY=unused-unused-unused-unused-unused

.PHONY: run install install-dev test quick bench lint lock messages screenshots

run: install
	@$(BIN)/python manage.py up --stop-with-parent

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

$(VENV)/.installed: requirements.txt
	@test -n "$(PYTHON)" || { echo "Samsvar needs Python 3.11 or newer with its venv module (Debian: apt-get install python3-venv)."; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@echo "Installing the packages of requirements.txt into $(VENV); this takes about a minute."
	@$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "Installing the tests' packages into $(VENV)."
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

test: install-dev
	$(BIN)/python -m pytest -n 2 --dist loadgroup

quick: install-dev
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not slow and not browser"

bench: install-dev
	$(BIN)/python -m bench $(ARGS)

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(UNUSED) $(BIN)/mypy .
	$(BIN)/lint-imports
	find templates -name '*.html' -exec $(BIN)/djade --check --target-version 5.2 {} +
	$(UNUSED) $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

lock: install
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	$(LOCK) --output-file requirements.txt requirements.in
	$(LOCK) --output-file requirements-dev.txt requirements-dev.in

messages: install
	$(UNUSED) $(BIN)/python manage.py messages

screenshots: install-dev
	$(BIN)/python tests/browser/screenshots.py
