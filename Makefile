# make demo    the textbook neuron, differentiated, explained and drawn
# make test    linters, types and tests, on every Python >= 3.11 of this machine
# make fuzz    random programs for FUZZ_SECONDS seconds
# make bench   the benchmarks, on one core
# make clean   removes what the others made
#
# Each of them makes the virtual environment that it needs.

SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
VERSIONS := 3.11 3.12 3.13
FUZZ_SECONDS ?= 60
PYTEST_FLAGS ?= -q -n auto
SOURCES = $(wildcard src tests examples benchmarks)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.DEFAULT_GOAL := help
.PHONY: help demo test lint pytest pytest-others fuzz bench clean
.DELETE_ON_ERROR:
.PRECIOUS: $(VENV)-%/.dev

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

# The interpreters. A pyenv shim may exist and not run, so each candidate is tried.

any-python = $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { echo "$$p"; break; }; done)

python-of-version = $(shell for p in python$(1) "$$(pyenv prefix $(1) 2>/dev/null)/bin/python" \
	$(HOME)/.pyenv/versions/$(1).*/bin/python; do \
	"$$p" -c 'import sys; raise SystemExit("%d.%d" % sys.version_info[:2] != "$(1)")' \
	>/dev/null 2>&1 && { echo "$$p"; break; }; done)

venv-version = $(shell $(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')

other-versions = $(foreach v,$(filter-out $(venv-version),$(VERSIONS)),$(if $(call \
	python-of-version,$(v)),$(v)))

# The environments. A stamp file says what is installed, so that a second run is quick.

$(VENV)/.made:
	@test -n "$(any-python)" || { echo "no Python >= 3.11 found" >&2; exit 1; }
	$(any-python) -m venv $(VENV)
	@touch $@

$(VENV)/.demo: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install -q -e '.[viz]'
	@touch $@

$(VENV)/.dev: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install -q -e '.[dev,viz]'
	@touch $@

$(VENV)/.bench: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install -q -e '.[bench]'
	@touch $@

$(VENV)-%/.dev: pyproject.toml
	$(call python-of-version,$*) -m venv $(VENV)-$*
	$(VENV)-$*/bin/python -m pip install -q -e '.[dev,viz]'
	@touch $@

# What to do in them.

demo: $(VENV)/.demo
	@$(BIN)/chainrule demo
	@mkdir -p build
	@$(BIN)/chainrule demo -o build/neuron.svg >/dev/null
	@echo "The picture is in build/neuron.svg."
	@for example in $(wildcard examples/*neuron*.py); do \
		echo; echo "$$example"; $(BIN)/python "$$example" || exit 1; done

test: lint pytest pytest-others

lint: $(VENV)/.dev
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy --strict src

pytest: $(VENV)/.dev
	$(BIN)/python -m pytest $(PYTEST_FLAGS)

# A second make, so that the versions are looked for only when .venv stands.
pytest-others: $(VENV)/.dev
	@others="$(addprefix pytest-,$(other-versions))"; \
	test -z "$$others" || $(MAKE) --no-print-directory $$others

pytest-%: $(VENV)-%/.dev
	$(VENV)-$*/bin/python -m pytest $(PYTEST_FLAGS)

fuzz: $(VENV)/.dev
	FUZZ_SECONDS=$(FUZZ_SECONDS) $(BIN)/python -m pytest $(PYTEST_FLAGS) -m fuzz

bench: $(VENV)/.bench
	env -u PYTHONDONTWRITEBYTECODE OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
		$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) $(addprefix $(VENV)-,$(VERSIONS)) build dist .hypothesis
	rm -rf .mypy_cache .pytest_cache .ruff_cache
	find src tests $(wildcard examples benchmarks) -name __pycache__ -prune -exec rm -rf {} +
