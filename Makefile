# `make demo` and `make test` need only make and a Python >= 3.11: they build their own environment in .venv.
# Another interpreter: make test PYTHON=/path/to/python. More arguments for pytest: make test ARGS="-k randomness".

VENV ?= .venv
PYTHON ?= $(shell sh .ci/find-python 3.11)
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
ARGS ?=

# pip would byte-compile all that is installed, mostly other people's tests, for longer than the download takes.
# Here the first import does it, for what is used; so it must be allowed to write.
INSTALL := $(PIP) install --no-compile --editable
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-slow test-mesa test-all golden lint format bench docs wheel clean
.DEFAULT_GOAL := help

help:
	@echo "make demo       what a plan does to engagement and to sales: a table and a picture"
	@echo "make test       the quick tests          make test-slow   the long ones"
	@echo "make test-all   make test on a second Python too, which brings another Mesa"
	@echo "make test-extras                         Ray, launchers, sensitivity and search, with their libraries"
	@echo "make lint       style, types, imports    make format      put the style right"
	@echo "make proofs     measure what the proofs of levers and shocks see, and store it"
	@echo "make golden     store the results of the golden runs anew"
	@echo "make bench      speed and memory         make docs        the generated references"
	@echo "make bench-diffusion                     cascades beside other libraries"
	@echo "make wheel      build the wheel and try it in an empty folder"
	@echo "make clean      remove environments, caches and builds"

# One stamp for each set of extras. A half-made environment, left by an interrupt, is made again.
$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "No Python >= 3.11 with venv was found; name one: make PYTHON=/path/to/python" >&2; exit 2; }
	"$(PYTHON)" -m venv --clear $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	@$(PIP) --version >/dev/null 2>&1 || "$(PYTHON)" -m venv --clear $(VENV)
	$(INSTALL) .
	@touch $@

$(VENV)/.test: $(VENV)/.installed
	$(INSTALL) ".[test]"
	@touch $@

$(VENV)/.lint: $(VENV)/.test
	$(INSTALL) ".[test,lint]"
	@touch $@

demo: $(VENV)/.installed
	$(BIN)/seedbed demo

# The compiled code is cached once, before the workers of xdist would each compile it.
.PHONY: warm
warm: $(VENV)/.test
	$(BIN)/python -m sim.warm

test: warm
	$(BIN)/python -m pytest -n 2 $(ARGS)

# pytest ends with 5 where nothing was selected: no such test is no failure.
test-slow: warm
	$(BIN)/python -m pytest -m slow $(ARGS) || test $$? -eq 5

test-mesa: warm
	$(BIN)/python -m pytest -m "mesa and not slow" $(ARGS) || test $$? -eq 5

# Python 3.11 brings Mesa 3.3, newer ones a newer Mesa: the other environment takes the side that .venv is not on.
OTHER_VENV := .venv-other
OTHER_GOAL ?= test
test-all: test test-other

.PHONY: test-other
test-other: $(VENV)/.installed
	@if $(BIN)/python -c 'import sys; sys.exit(sys.version_info >= (3, 12))'; \
	then other=$$(sh .ci/find-python 3.12); else other=$$(sh .ci/find-python 3.11 3.12); fi; \
	if [ -n "$$other" ]; then \
	    echo "second Python: $$other"; $(MAKE) $(OTHER_GOAL) VENV=$(OTHER_VENV) PYTHON="$$other"; \
	else echo "no second Python here: the other Mesa is not tested"; fi

# Ray and the libraries of searching are large: nothing else needs them, so they have an environment of their own.
EXTRAS_VENV := .venv-extras
$(EXTRAS_VENV)/.installed: pyproject.toml
	@test -x $(EXTRAS_VENV)/bin/python || "$(PYTHON)" -m venv --clear $(EXTRAS_VENV)
	$(EXTRAS_VENV)/bin/python -m pip --disable-pip-version-check --quiet install --no-compile --editable ".[test,ray,search,launch]"
	@touch $@

.PHONY: test-extras
test-extras: $(EXTRAS_VENV)/.installed
	$(EXTRAS_VENV)/bin/python -m pytest -m extras $(ARGS)

golden: warm
	$(BIN)/python -m pytest -m golden --refresh-goldens $(ARGS) || test $$? -eq 5

# What each proof of a lever or shock can see, measured and stored; one that no longer holds is named, and make says so.
.PHONY: proofs
proofs: warm
	$(BIN)/python -m benchmarks.proofs --refresh $(ARGS); found=$$?; $(BIN)/python docs/generate.py && exit $$found

lint: $(VENV)/.lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports

format: $(VENV)/.lint
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.test
	$(BIN)/python -m benchmarks $(ARGS)

# Other diffusion libraries, to be measured beside ours: an environment of their own, since nothing else needs them.
PEERS_VENV := .venv-peers
$(PEERS_VENV)/.installed:
	"$(PYTHON)" -m venv --clear $(PEERS_VENV)
	$(PEERS_VENV)/bin/python -m pip --disable-pip-version-check --quiet install "cynetdiff==0.1.18" pynetim ndlib EoN six
	@touch $@

.PHONY: bench-diffusion
bench-diffusion: $(VENV)/.test $(PEERS_VENV)/.installed
	$(BIN)/python -m benchmarks.diffusion $(PEERS_VENV)/bin/python

.PHONY: bench-imports
bench-imports: $(VENV)/.test
	$(BIN)/python -m benchmarks.imports

docs: $(VENV)/.installed
	$(BIN)/python docs/generate.py

wheel: $(VENV)/.installed
	sh .ci/try-wheel $(BIN)/python

clean:
	rm -rf $(VENV) $(OTHER_VENV) $(EXTRAS_VENV) $(PEERS_VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
