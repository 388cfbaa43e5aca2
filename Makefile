# Everything from a machine that has Python >= 3.11, make and the network:
#   make figures   every card figure, from data generated and models trained here
#   make test      the tests
#   make bench     the cost of the models beside the public peer's; make growth: how it grows (benchmarks/README.md)
#   make reference results/reference, all of it, from one clean commit (config/reference.yaml); hours
# Without CORES, all of them (profiles/default).
CORES ?=
CONFIG ?= config/config.yaml
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH_VENV := .venv-bench
BENCH_STAMP := $(BENCH_VENV)/.peer
PYTHON_NAMES := python3 python3.13 python3.12 python3.11 python3.14 python

.PHONY: figures test lint bench growth reference clean
.DEFAULT_GOAL := figures

figures: $(STAMP)
	@test -f "$(CONFIG)" || { echo "error: CONFIG: there is no file $(CONFIG); see config/" >&2; exit 2; }
	@PATH="$(CURDIR)/$(BIN):$$PATH" snakemake $(if $(CORES),--cores $(CORES)) --configfile $(CONFIG)

# A worker a core, each of one thread; tests/conftest.py says which tests share one.
test: $(STAMP)
	@PATH="$(CURDIR)/$(BIN):$$PATH" OMP_NUM_THREADS=$${OMP_NUM_THREADS:-1} \
		pytest -n logical --maxprocesses 8 --no-loadscope-reorder

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/mypy
	$(BIN)/lint-imports
	PATH="$(CURDIR)/$(BIN):$$PATH" snakemake --lint

bench: $(BENCH_STAMP)
	$(BENCH_VENV)/bin/python -m benchmarks.bench $(if $(FIGURES_SECONDS),--figures-seconds $(FIGURES_SECONDS))

growth: $(BENCH_STAMP)
	$(BENCH_VENV)/bin/python -m benchmarks.growth

reference: $(STAMP) $(BENCH_STAMP)
	@PATH="$(CURDIR)/$(BIN):$$PATH" ssrvae reference $(if $(CORES),--cores $(CORES))

clean:
	rm -rf $(VENV) $(BENCH_VENV) logs .snakemake .pytest_cache .mypy_cache .ruff_cache *.egg-info
	find results -mindepth 1 -maxdepth 1 ! -name reference -exec rm -rf {} +

# The stamp is newer than the lock only after a finished install, so an interrupted one starts again.
%/.installed: requirements.lock pyproject.toml
	@python=; for name in $(PYTHON_NAMES); do \
		if "$$name" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$name; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "error: no Python >= 3.11 with the venv module found (tried: $(PYTHON_NAMES))" >&2; exit 1; \
	fi; \
	echo "setting up $* with $$python ($$($$python --version 2>&1))"; \
	"$$python" -m venv $*
	@echo "installing the packages of requirements.lock; torch alone is hundreds of megabytes"
	@$*/bin/python -m pip install -qq --disable-pip-version-check --no-compile -r requirements.lock
	@$*/bin/python -m pip install -qq --disable-pip-version-check --no-deps -e .
	@touch $@

# The peers go beside the locked packages without their own requirements, which would replace torch.
$(BENCH_STAMP): $(BENCH_VENV)/.installed benchmarks/peer/requirements.txt
	@$(BENCH_VENV)/bin/python -m pip install -qq --disable-pip-version-check --no-deps -r benchmarks/peer/requirements.txt
	@touch $@
