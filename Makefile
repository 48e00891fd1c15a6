# One command sets up and runs: make tune. One sets up and tests: make test.
PYTHON ?= python3
# of pytest: more than two cores can feed, since tests that start Ray or a server wait
PROCESSES ?= 3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
# contracts of detectors, and what leans on private names of Ray, Optuna and MLflow
UPSTREAM := tests/trainables/test_contract.py $(wildcard tests/launch/*/test_upstream.py)

export OMP_NUM_THREADS ?= 1
export RAY_USAGE_STATS_ENABLED := 0
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true

.PHONY: help setup tune test test-slow lint format docs upstream benchmarks mlflow-server clean

help:            ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 14

setup: $(STAMP)  ## set up .venv

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else "Python 3.11, 3.12 or 3.13 is needed, this is %d.%d; try: make PYTHON=python3.12 ..." % v)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[images,dashboard,postgres,dev]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -c constraints.txt deepod
	@touch $(STAMP)

tune: $(STAMP)   ## set up and run the main job: a tuned, tested, registered DevNet on CelebA
	$(BIN)/python launch/tune.py $(or $(ARGS),devnet celeba)

test: $(STAMP)   ## set up and test
	$(BIN)/python -m pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder

# an extra that only one target needs: .venv/.cluster, .venv/.browser, .venv/.docs
$(VENV)/.cluster $(VENV)/.browser $(VENV)/.docs: $(VENV)/.%: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$*]'
	@touch $@

test-slow: $(VENV)/.cluster $(VENV)/.browser ## the long tests: fault harness, clusters, servers
	$(BIN)/python -m pytest -m slow

lint: $(STAMP)   ## ruff, who may import whom, mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy

format: $(STAMP) ## rewrite files as ruff likes them
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.docs ## the documentation, into build/docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

# what the next version of a library breaks is seen here first: no constraints, and the bounds of pyproject.toml lifted
upstream:        ## the newest versions of everything, in .venv-upstream, and the tests that lean on their insides
	$(PYTHON) -m venv --clear $(VENV)-upstream
	$(VENV)-upstream/bin/python -m pip install --quiet --disable-pip-version-check -e '.[images,dashboard,dev]'
	$(VENV)-upstream/bin/python -m pip install --quiet --disable-pip-version-check --no-deps deepod
	$(VENV)-upstream/bin/python -m pip install --quiet --disable-pip-version-check --upgrade ray[tune] optuna mlflow torch pandas scikit-learn
	$(VENV)-upstream/bin/python -m pytest $(UPSTREAM)

benchmarks: $(STAMP) ## every benchmark, both sides in one run (long)
	for name in search_vs_fit overhead memory fit scale fault_tolerance reading; do $(BIN)/python analysis/benchmarks/$$name.py || exit 1; done

mlflow-server: $(STAMP) ## MLflow on PostgreSQL, on loopback; ARGS=--help says how
	launch/cluster/mlflow_server.sh $(ARGS)

clean:           ## remove .venv and caches; runs/ and data/ stay
	rm -rf $(VENV) $(VENV)-upstream build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache *.egg-info
