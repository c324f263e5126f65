# Two commands do everything on a fresh machine with Python 3.11+, git and make: `make demo` and `make test`.

PYTHON ?= python3
BIN := .venv/bin
JOBS ?= auto

# Bytecode makes the second start fast; some environments switch it off.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test processes ci-systems workflows check bench beside simulate live lock clean

demo: .venv/local  ## the main job: a local model answers the example suites, scores against the baselines
	$(BIN)/llmops -C examples eval

test: .venv/dev  ## what people run all day: under two minutes
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

processes: .venv/dev  ## whole processes that hang, die or are stopped, and properties on hundreds of random inputs
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m processes

ci-systems: .venv/dev  ## the command-line tests once more, in jobs of GitHub Actions, GitLab CI and Jenkins
	.ci/as-ci-systems $(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m 'not live and not workflows' tests/cli

workflows: .venv/dev  ## the actions and templates (zizmor and actionlint too), a history of pull requests, the HTML page in Chromium, a quick simulation
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m workflows

check: .venv/dev  ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

live: .venv/dev .venv/local  ## the tests that run the real local model
	$(BIN)/python -m pytest -m live

bench: .venv/dev  ## whole-process figures: runs beside a bare loop, a diff and the page beside a bare parse, an own scorer beside none
	$(BIN)/python -m benchmarks.run
	$(BIN)/python -m benchmarks.diff
	$(BIN)/python -m benchmarks.page
	$(BIN)/python -m benchmarks.workers

beside: .venv/dev  ## this checkout beside another commit (REF=…, else the one before): eval, cached, --version, diff, page
	$(BIN)/python -m benchmarks.beside $(REF)

simulate: .venv/dev  ## false alarms and found drops of 2,000 simulated suites a row
	$(BIN)/python -m benchmarks.simulate

lock: .venv/dev  ## write down the versions that CI tests
	$(BIN)/python -m pip freeze --exclude-editable > constraints.txt

clean:
	rm -rf .venv build dist

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv

.venv/dev: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

.venv/local: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[local]'
	@touch $@
