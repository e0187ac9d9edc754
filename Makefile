# Every target does its own set-up in .venv: a machine with Python 3.11+, make and git is enough.
#
#   make demo    scan the sample logs            make test   the whole test suite
#   make lint    style, types, layers, cards     make bench  speed beside other tools (LINES=1000000)
#   make format  what the linters can mend       make pins   renew requirements/ (needs uv)
#   make fuzz    every parser on mutated logs, FUZZ=15 seconds each (Linux, x86-64)
#   make clean   forget .venv and the caches
#
#   make test PYTEST="tests/unit/rules -x"       another Python: make PYTHON=python3.12 ...

NEWER  := python3 python3.11 python3.12 python3.13 python3.14
PYTHON ?= $(shell for p in $(NEWER); do \
    $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && exit; done; echo python3)
VENV   ?= .venv
BIN    := $(VENV)/bin
LINES  ?= 1000000
FUZZ   ?= 15
PYTEST ?=
REAL   := sample-logs/real

# A hash for every file, no dependency that is not listed, nothing built from source.
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet --quiet --require-hashes --only-binary :all: --no-deps

.DELETE_ON_ERROR:
.PHONY: demo test lint format bench fuzz pins clean setup

demo: $(VENV)/.run
	$(BIN)/logscan scan $(REAL)/mod_fastcgi $(REAL)/A/logs/mail.log $(REAL)/A/logs/apache-error.log \
	    $(REAL)/A/logs/apache-access.log $(REAL)/A/logs/php-fpm.log --tz UTC --year 2026

test: $(VENV)/.test
	$(BIN)/python -m pytest -n auto $(PYTEST)

lint: $(VENV)/.test $(VENV)/.lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/logscan rules lint
	$(BIN)/logscan rules test

format: $(VENV)/.lint
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/.run
	$(BIN)/python bench/run.py --lines $(LINES)

fuzz: $(VENV)/.fuzz
	tests/fuzz/all $(BIN)/python $(VENV)/fuzz $(FUZZ)

pins:
	requirements/update

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist

setup: $(VENV)/.test $(VENV)/.lint

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "logscan needs Python 3.11 or newer and '$(PYTHON)' is not: name another one, make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo "this Python cannot make virtual environments: install its venv module" >&2; \
	    echo "  Debian, Ubuntu: apt-get install python3-venv    Fedora, RHEL: dnf install python3-pip" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.python requirements/run.txt requirements/build.txt pyproject.toml
	$(PIP) -r requirements/run.txt -r requirements/build.txt
	$(BIN)/python -m pip --disable-pip-version-check install --quiet --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements/test.txt
	$(PIP) -r requirements/test.txt
	@touch $@

$(VENV)/.lint: $(VENV)/.run requirements/lint.txt
	$(PIP) -r requirements/lint.txt
	@touch $@

# Beside the others: it is for the fuzzer alone, and for few platforms.
$(VENV)/.fuzz: $(VENV)/.test requirements/fuzz.txt
	$(PIP) --upgrade --target $(VENV)/fuzz -r requirements/fuzz.txt
	@touch $@
