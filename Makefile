# On a fresh machine with Python 3.10 or newer, git and make:
#
#   make demo    play the whole story on the bundled example
#   make test    check and test everything; what needs a missing program is skipped with a line that says what to install
#   make lint    the checks alone
#   make bench   the measured promises, as ratios
#   make coverage  how much of the fork engine its tests run, by lines and branches
#   make mutants   change the verdict code in 3,200 places, one after the other, and list what no test notices
#   make clean   remove what the others made
#
# Choose an interpreter with PYTHON=python3.12, tests with PYTEST_ARGS="tests/model -x".

VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# One more than there are cores: tests wait for git and for servers a good deal.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
PYTEST_ARGS ?= -n $(WORKERS) --dist worksteal

# An interpreter that was named gets a fresh environment, unless it made the one that is there.
ifeq ($(origin PYTHON),undefined)
PYTHON := python3
MADE := $(VENV)/.made
VENV_OPTIONS :=
else
MADE := $(VENV)/.made-with$(subst /,-,$(PYTHON))
VENV_OPTIONS := --clear
endif

# Pins for everything that pip installs. An isolated build takes no -c; old versions of pip hand it the first of these,
# new ones the second.
export PIP_CONSTRAINT := constraints.txt
export PIP_BUILD_CONSTRAINT := constraints.txt

.PHONY: demo test lint bench coverage mutants clean
.NOTPARALLEL:

demo: $(VENV)/.installed
	@$(BIN)/plugwatch demo

test: lint
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed-test
	$(BIN)/python benchmarks/run.py

# Without the kills: they take long, and a killed process says nothing of what it ran.
coverage: $(VENV)/.installed-test
	$(BIN)/python -m pytest $(PYTEST_ARGS) --cov --cov-report= --ignore=tests/journeys/test_kills.py \
	  tests/forks tests/workflows tests/journeys $(wildcard tests/cli/test_fork*.py tests/cli/test_patch*.py tests/cli/test_check*.py)
	$(BIN)/coverage report --include='plugwatch/forks/*' --fail-under=95

# Names of mutants, with wildcards, are tried again: make mutants MUTANTS='plugwatch.model.verdicts.merge.*'
mutants: $(VENV)/.installed-test
	@$(PIP) install --quiet --editable '.[postgres,test,mutation]'
	$(BIN)/python tests/mutants.py $(MUTANTS)

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	find plugwatch tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.installed: $(MADE) pyproject.toml constraints.txt
	@echo "Installing plugwatch into $(VENV) ..."
	@$(PIP) install --quiet --editable .
	@touch $@

$(VENV)/.installed-test: $(MADE) pyproject.toml constraints.txt
	@echo "Installing plugwatch and what its tests need into $(VENV) ..."
	@$(PIP) install --quiet --editable '.[postgres,test]'
	@touch $@ $(VENV)/.installed

$(MADE):
	@command -v $(PYTHON) >/dev/null || { \
	  echo "There is no '$(PYTHON)' here. Install Python 3.10 or newer, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo "plugwatch needs Python 3.10 or newer, and '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Name another one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV_OPTIONS) $(VENV) || { \
	  echo "'$(PYTHON)' cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@touch $@ $(VENV)/.made
