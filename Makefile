# Two commands: `make demo` runs the product with a sandbox store, `make test` checks everything.

PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
SANDBOX_PORT ?= 9010
# Tools without which `make test` fails instead of leaving a leg out, such as REQUIRE=postgres,chromium.
REQUIRE ?=
PYTEST_ARGS ?= -q
# These never open a database, so one run of them is enough.
WITHOUT_DATABASE := tests/platforms tests/sandbox

BIN := $(VENV)/bin
RUN := $(BIN)/python
APPS := inventory_sync inventory channels catalog orders sandbox
export REQUIRE

.DEFAULT_GOAL := help
.PHONY: help install demo test lint types contracts migrations requirements test-sqlite test-postgres test-browser format lock \
	coverage bench clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 26

# --- the environment -----------------------------------------------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name it with PYTHON=…"; exit 1; }
	@if command -v uv >/dev/null; then uv venv --quiet --python $(PYTHON) $(VENV); else $(PYTHON) -m venv $(VENV); fi

# $(1): file with pinned versions and hashes
define install
	@echo "Installing $(1)"
	@if command -v uv >/dev/null; then \
		uv pip install --quiet --python $(BIN)/python --require-hashes -r $(1); \
	else \
		$(RUN) -m pip install -qq --disable-pip-version-check --no-input --require-hashes -r $(1); \
	fi
endef

$(VENV)/.runtime: requirements.txt | $(BIN)/python
	$(call install,requirements.txt)
	@touch $@

$(VENV)/.checks: requirements-dev.txt | $(BIN)/python
	$(call install,requirements-dev.txt)
	@touch $@ $(VENV)/.runtime

install: $(VENV)/.runtime ## The packages of production, into .venv

# Secrets of this installation, made once: never with a `$`, which the settings would read as a reference.
.PHONY: secrets
secrets: $(VENV)/.runtime
	@umask 077; touch .env; \
	add() { grep -q "^$$1=" .env || echo "$$1=$$($(RUN) -c "$$2")" >> .env; }; \
	add SECRET_KEY 'import secrets; print(secrets.token_urlsafe(50))'; \
	add CREDENTIAL_KEYS 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'; \
	add DEMO_PASSWORD 'import secrets; print(secrets.token_urlsafe(9))'

# --- run -----------------------------------------------------------------------------------------------------------

demo: secrets ## Install, migrate, fill with demo data, run web + worker + sandbox store; Ctrl-C stops all
	@$(RUN) manage.py migrate --verbosity 0
	@$(RUN) manage.py collectstatic --noinput --verbosity 0
	@$(RUN) manage.py demo_data
	@exec $(RUN) manage.py up --sandbox --demo-stores --port $(PORT) --sandbox-port $(SANDBOX_PORT)

# --- check ---------------------------------------------------------------------------------------------------------

test: lint types contracts migrations requirements test-sqlite test-postgres test-browser ## Every check below
	@echo "All checks passed."

lint: $(VENV)/.checks ## Style of Python and templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --lint --quiet templates

types: $(VENV)/.checks ## Types (mypy, strict)
	$(BIN)/mypy

contracts: $(VENV)/.checks ## Which app and layer may import which
	$(BIN)/lint-imports --no-cache

migrations: $(VENV)/.checks ## Models without a migration; Django's own checks
	DJANGO_SETTINGS_MODULE=tests.settings $(RUN) manage.py makemigrations --check --dry-run
	DJANGO_SETTINGS_MODULE=tests.settings $(RUN) manage.py check --fail-level WARNING

requirements: $(VENV)/.checks ## Which rule of the specification is proved by which test
	@$(RUN) -m tests.requirements_table

test-sqlite: $(VENV)/.checks ## Tests on SQLite
	@echo "Tests on SQLite"
	@$(RUN) -m pytest -m "not browser" $(PYTEST_ARGS)

test-postgres: $(VENV)/.checks ## Tests on a PostgreSQL of their own (or on DATABASE_URL)
	@echo "Tests on PostgreSQL"
	@tests="$(RUN) -m pytest -m 'not browser' $(WITHOUT_DATABASE:%=--ignore=%) $(PYTEST_ARGS)"; \
	case "$$DATABASE_URL" in \
	postgres*) eval $$tests ;; \
	*) eval $(RUN) tests/private_postgres.py $$tests ;; \
	esac; code=$$?; \
	if [ $$code -eq 77 ]; then \
		case ",$(REQUIRE)," in *,postgres,*) echo "REQUIRE names postgres: failed."; exit 1 ;; esac; \
		echo "Left out: tests on PostgreSQL."; \
	else exit $$code; fi

test-browser: $(VENV)/.checks ## Tests in Chromium against the running stack
	@echo "Tests in the browser"
	@$(RUN) -m pytest tests/e2e $(PYTEST_ARGS)

coverage: $(VENV)/.checks ## Lines and branches that no test on SQLite runs
	$(RUN) -m pytest -m "not browser" --cov --cov-report=term-missing $(PYTEST_ARGS)

bench: $(VENV)/.checks ## Figures of docs/performance.md, each as a ratio to a floor of the same run
	@$(RUN) -m benchmarks

# --- keep ----------------------------------------------------------------------------------------------------------

format: $(VENV)/.checks ## Format and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## Resolve requirements*.in into pinned versions with hashes (needs uv)
	uv pip compile --quiet --no-header --universal --python-version 3.11 --generate-hashes requirements.in -o requirements.txt
	uv pip compile --quiet --no-header --universal --python-version 3.11 --generate-hashes requirements-dev.in -o requirements-dev.txt

clean: ## Remove what can be made again (keeps .env and var/)
	rm -rf $(VENV) staticfiles .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage tests/e2e/shots
