# Needs Python 3.11 to 3.13, make and a shell. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BENCH_VENV := .venv-bench
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BENCH_READY := $(BENCH_VENV)/.ready
PIP_INSTALL := -m pip install --disable-pip-version-check --require-hashes --only-binary :all:
JOBS ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
RECORD ?= build/record.json.gz
NUMERIC := $(addprefix tests/,inequality series emergency regression evaluation finance governance mathematics)
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
# Tests start many processes: each would compile the package anew where the environment forbids to keep what is compiled.
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(ONE_THREAD) $(BIN)/python -m pytest
SPREAD := -n $(JOBS) --dist loadfile --no-loadscope-reorder
KERNEL := import ctypes, numpy, pathlib; name = ctypes.CDLL(str(next(pathlib.Path(numpy.__file__).parents[1].glob("numpy.libs/*openblas*")))).scipy_openblas_get_corename64_; name.restype = ctypes.c_char_p; print(name().decode())
WIDE := from numpy._core._multiarray_umath import __cpu_dispatch__ as names, __cpu_features__ as has; print(*(n for n in names if has[n]))

.DEFAULT_GOAL := help
.PHONY: help book pdf test browser check style types suite doctests processors record reproduce format bench chaos fuzz mutants clean lock refresh study coverage

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

book: $(READY)  ## build the HTML book into build/html; DATA=folder takes own tables, AREAS=icb or codes narrows it
	$(BIN)/healthdevo build --jobs $(JOBS) $(if $(DATA),--data $(DATA)) $(if $(AREAS),--areas $(AREAS))

pdf: book  ## print the national chapters as one PDF (needs a Chromium), and link it from the book
	$(BIN)/healthdevo pdf

test: $(READY)  ## format, lint and type checks, then all tests
	$(MAKE) --no-print-directory style
	$(MAKE) --no-print-directory -j 3 types doctests suite

suite: $(READY)
	$(PYTEST) $(SPREAD) -m "not processors" tests

browser: $(READY)  ## install what the tests in a browser need, where it can be had (`make test` skips them without)
	@.ci/browser

doctests: $(READY)
	nice $(PYTEST) -q --doctest-modules src

check: style types  ## format, lint and types, changing nothing

style: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY)
	nice $(BIN)/mypy

processors: $(READY)  ## the numeric tests as other processors calculate (each newer OpenBLAS kernel; the oldest with numpy's narrow instructions)
	$(PYTEST) -q -m processors tests/publishing/test_processors.py
	@set -e; \
	try() { echo "$$@"; env "$$@" $(PYTEST) -q $(SPREAD) -m "not long" $(NUMERIC); }; \
	narrow="NPY_DISABLE_CPU_FEATURES=$$($(BIN)/python -c '$(WIDE)')"; \
	if [ "$$(uname -m)" = x86_64 ]; then \
	  own=$$($(BIN)/python -c '$(KERNEL)' 2>/dev/null || true); \
	  for kernel in Haswell $$(! grep -qsw avx512f /proc/cpuinfo || echo SkylakeX); do \
	    if [ "$$kernel" = "$$own" ]; then echo "$$kernel is this processor's own, which make test runs with"; \
	    else try OPENBLAS_CORETYPE=$$kernel; fi; \
	  done; \
	  try OPENBLAS_CORETYPE=Prescott "$$narrow"; \
	else try "$$narrow"; fi

record: book  ## write down what the book says, in RECORD (default: build/record.json.gz)
	$(BIN)/python tests/reproduce.py record $(RECORD)

reproduce: book  ## run executed notebooks again, list dated statements and links outside, and say where the book differs from RECORD
	$(BIN)/python tests/reproduce.py rerun
	$(BIN)/healthdevo data statements
	$(BIN)/python tests/reproduce.py links > build/links.csv
	$(BIN)/python tests/reproduce.py compare $(RECORD)

format: $(READY)  ## put the code into the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(BENCH_READY)  ## speed as ratios against peers, in one run
	$(ONE_THREAD) $(BENCH_VENV)/bin/python -m benchmarks

refresh: $(READY)  ## recompute hashes and row counts of data/, and the findings in README.md
	$(BIN)/healthdevo data refresh
	$(BIN)/healthdevo readme

study: $(READY)  ## run the simulation study of the Devolution chapter again (minutes) and store its table
	$(ONE_THREAD) $(BIN)/python -m healthdevo.chapters.devolution.study

coverage: $(READY)  ## simulate the coverage of every interval again (minutes) and store its table
	$(ONE_THREAD) $(BIN)/python -m benchmarks.coverage

chaos: $(READY)  ## kill parts of builds at random moments: nothing may be left, pages must be the same
	$(BIN)/python -m tests.chaos

fuzz: $(READY)  ## mutated releases by the thousand: a right table or a clear error, quickly and in little memory
	$(ONE_THREAD) $(BIN)/python tests/releases/fuzz.py

mutants: $(READY)  ## change one operator or number at a time: FAMILY=emergency SAMPLE=40 SEED=7; what no test notices is listed
	$(ONE_THREAD) $(BIN)/python -m tests.mutants $(FAMILY) --sample $(or $(SAMPLE),40) $(if $(SEED),--seed $(SEED))

clean:  ## remove what was built (environments stay)
	rm -rf build .pytest_cache .mypy_cache .ruff_cache .hypothesis

lock: $(READY)  ## resolve the pins again from requirements.in
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet uv
	for folder in . benchmarks tests; do \
	  build/lock/bin/uv pip compile --universal --generate-hashes --python-version 3.11 --only-binary :all: \
	    $$([ $$folder = . ] || echo -c requirements.txt) --no-emit-index-url --no-header --upgrade $$folder/requirements.in -o $$folder/requirements.txt >/dev/null || exit 1; \
	done

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else "healthdevo needs Python 3.11 to 3.13; this is %d.%d. Name another with: make PYTHON=python3.12" % v)'
	@echo "Making the environment in $(VENV) (a few minutes, once)"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP_INSTALL) --progress-bar off -r requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(BENCH_READY): benchmarks/requirements.txt pyproject.toml
	@echo "Making the environment for benchmarks in $(BENCH_VENV)"
	test -x $(BENCH_VENV)/bin/python || $(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python $(PIP_INSTALL) --progress-bar off -r benchmarks/requirements.txt
	$(BENCH_VENV)/bin/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@touch $@
