# Two commands do everything on a machine with Python 3.11 and a C compiler: make demo, make test. While you work: make quick.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2

# What the compiled core is built from: packages are installed anew when it changes.
NATIVE := CMakeLists.txt $(shell find native -name '*.h' -o -name '*.cpp')

.PHONY: demo test quick lint format bench fuzz sanitize sanitize-threads clean

demo: $(VENV)/.demo-installed
	$(BIN)/glassworks demo

test: lint
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

# A tour over all floors in half a minute, for which neither Keras nor JAX need be installed: tests/README.md says what it takes.
quick: $(VENV)/.quick-installed
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --quick tests

lint: $(VENV)/.test-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.test-installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The same for the core, with clang-format 18 (pip install clang-format==18.1.8).
CLANG_FORMAT ?= clang-format
CXX_SOURCES := $(filter %.h %.cpp,$(NATIVE))
.PHONY: format-native lint-native
format-native:
	$(CLANG_FORMAT) -i $(CXX_SOURCES)

lint-native:
	$(CLANG_FORMAT) --dry-run -Werror $(CXX_SOURCES)

# The core under the compiler's sanitizers: all that the native engine computes in tests (ops, layers and other classes, programs, the
# fuzzer's models) with addresses and undefined behaviour watched, and the thread pool by itself with data races watched.
SANITIZE_VENV := .venv-sanitize
# The gradients of the op table run in NumPy alone, memory grows by the sanitizer's own books, and a fork copies them.
SANITIZE_FILTER ?= not central_differences and not memory_does_not_grow and not little_more_memory and not forked
SANITIZE_TESTS ?= tests/engine tests/ops tests/contracts tests/layers tests/training/test_native_training.py $(wildcard tests/fuzz)
SANITIZE_KINDS := address,undefined,float-cast-overflow
sanitize: $(SANITIZE_VENV)/bin/python
	$(SANITIZE_VENV)/bin/pip install --quiet --disable-pip-version-check -C cmake.define.GLASSWORKS_SANITIZE=$(SANITIZE_KINDS) ".[test]"
	cd $(SANITIZE_VENV) && LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libstdc++.so.6)" \
	  ASAN_OPTIONS=detect_leaks=0,allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1,halt_on_error=1 JAX_PLATFORMS=cpu \
	  bin/python -m pytest -x -q -p no:cacheprovider --rootdir=.. -c ../pyproject.toml --ignore-glob="*against_keras*" $(addprefix ../,$(SANITIZE_TESTS)) -k "$(SANITIZE_FILTER)" $(SANITIZE_OPTIONS)
	$(MAKE) sanitize-threads

sanitize-threads:
	mkdir -p build
	$(CXX) -std=gnu++20 -O1 -g -fsanitize=thread -pthread -Inative/include -Inative native/tests/pool_stress.cpp native/program/pool.cpp -o build/pool_stress
	TSAN_OPTIONS=halt_on_error=1 build/pool_stress

# Random models and op graphs on all engines and on Keras: make fuzz, make fuzz SECONDS=600 SEED=7, make fuzz MODELS=5000 GRAPHS=20000.
fuzz: $(VENV)/.test-installed
	$(BIN)/python -m tests.fuzz --seed $(or $(SEED),0) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(MODELS),--models $(MODELS)) \
	  $(if $(GRAPHS),--graphs $(GRAPHS)) $(FUZZ_OPTIONS)

bench: $(VENV)/.bench-installed
	$(BIN)/python -m benchmarks.run

# A stamp file per set of packages: they are installed again only when pyproject.toml or the core changes.
$(VENV)/.demo-installed: pyproject.toml $(NATIVE) | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e ".[sklearn]"
	touch $@

$(VENV)/.quick-installed: pyproject.toml $(NATIVE) | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e ".[quick]"
	touch $@

$(VENV)/.test-installed: pyproject.toml $(NATIVE) | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -C cmake.define.GLASSWORKS_WERROR=ON -e ".[test]"
	touch $@

$(VENV)/.bench-installed: pyproject.toml $(NATIVE) | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e ".[bench]"
	touch $@

$(SANITIZE_VENV)/bin/python:
	$(PYTHON) -m venv $(SANITIZE_VENV)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Glassworks needs Python 3.11 or newer, and $(PYTHON) is " + sys.version.split()[0] + ": make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

clean:
	rm -rf $(VENV) $(SANITIZE_VENV) build dist .pytest_cache .mypy_cache .ruff_cache
