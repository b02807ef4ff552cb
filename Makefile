# `make` alone lists what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tests run in so many processes; TESTS has more words for pytest, such as the name of a file.
PROCESSES ?= auto
TESTS ?=
READY := $(VENV)/.ready
# Hundreds of tests start a Python, which would compile the whole kit each time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test deep check lab servers servers-down bench notebooks docs licences clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

demo: $(READY) ## Report on the recorded clusters; prints where the HTML lies
	@$(BIN)/trinokit run query_performance --fail-on never
	@$(BIN)/trinokit run cluster_topology --fail-on never
	@$(BIN)/trinokit run drift_audit --fail-on never
	@$(BIN)/trinokit run kerberos_jvm_flags --fail-on never || [ $$? = 4 ]
	@$(BIN)/trinokit run old_version_feature_release --fail-on never || [ $$? = 4 ]

test: $(READY) ## All tests; those that need a server or a browser are skipped where there is none
	$(BIN)/python -m pytest -n $(PROCESSES) $(TESTS)

deep: $(READY) ## Tests of properties with many more examples, each time with others
	HYPOTHESIS_PROFILE=deep $(BIN)/python -m pytest -n $(PROCESSES) -m hypothesis $(TESTS)

check: $(READY) ## Style, then all tests
	$(BIN)/ruff check lib tests bench notebooks
	$(BIN)/ruff format --check lib tests bench
	$(BIN)/python -m pytest -n $(PROCESSES)

lab: $(READY) ## Open the notebooks in JupyterLab
	$(BIN)/jupyter lab --notebook-dir=.

servers: $(READY) $(VENV)/.kerberos ## Start the real Trino, MariaDB, Kubernetes, Prometheus and KDC that the tests ask; builds Kubernetes the first time
	@$(BIN)/python -m tests.servers up

servers-down: $(READY) ## Stop them
	@$(BIN)/python -m tests.servers down

bench: $(READY) ## Measure time, memory and size on a synthetic history, on thousands of objects and of commits; prints the slowest tests
	$(BIN)/python -m bench
	$(BIN)/python -m bench.objects
	$(BIN)/python -m bench.drift
	$(BIN)/python -m bench.release
	$(BIN)/python -m tests.last_run

notebooks: $(READY) ## Execute the committed notebooks anew, to look at the outputs and commit them
	$(BIN)/python -m tests.refresh

docs: $(READY) ## Make those pages of docs/ anew that come from the code, and the picture of README
	$(BIN)/python -m tests.reference

licences: $(READY) $(VENV)/.kerberos ## Write docs/licences.md anew, from the metadata of all that is installed for the kit
	$(BIN)/python -m tests.licences

clean: ## Remove what the other targets made here
	rm -rf $(VENV) runs .pytest_cache .ruff_cache .hypothesis

# Debian keeps venv in a package of its own, so a fresh machine may have to be given it first.
$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Expected Python 3.11 or newer as $(PYTHON); name another: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq python3-venv; } || { echo "Expected Python's venv, found none: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable . --group test
	@touch $@

# gssapi has no wheel for Linux. Compiled without being optimised it takes a minute in place of two, once: pip keeps it.
$(VENV)/.kerberos: $(READY)
	@command -v krb5-config >/dev/null || { echo "Expected the headers of Kerberos, found none: apt-get install libkrb5-dev gcc python3-dev"; exit 1; }
	CFLAGS="-O0 -g0" $(BIN)/python -m pip install --quiet --editable '.[kerberos]' --group servers
	@touch $@
