# The front door; meson.build does the work. `make help` lists what there is.
#
# BUILD=dir   builds in another folder, so that two people can work in one checkout
# T=filter    only the tests whose name contains it: make test T=unit/arena

BUILD  ?= build
PREFIX ?= /usr/local
JOBS   ?= $(shell nproc 2>/dev/null || echo 2)

NINJA = ninja -j $(JOBS) -C

all: $(BUILD)/build.ninja deps ## build build/stepwell (plain make does); installs first what is missing
	@$(NINJA) $(BUILD)

# Milliseconds when nothing is missing.
deps: ## install what the build needs and the system lacks
	@scripts/install-deps

$(BUILD)/build.ninja: | deps
	meson setup --prefix $(PREFIX) $(BUILD)

run: all ## run the approval example in the terminal
	@STEPWELL=$(abspath $(BUILD))/stepwell scripts/run-example

models: all ## fetch AWS's service models (the Python package botocore) for all aws-sdk tasks
	@scripts/fetch-models $(BUILD)

# --- Proving it -----------------------------------------------------------------------------------

test: all ## run all tests
	@scripts/test $(BUILD) $(T)

unit: all ## run the unit tests alone
	@scripts/test $(BUILD) unit/

cases: all ## run the case files alone (tests/cases)
	@scripts/test $(BUILD) scripts/cases

conformance: all ## compare with what was recorded from AWS, where ../shared is present
	@scripts/test $(BUILD) scripts/conformance

check: ## all that CI runs: warnings as errors, tests, sanitizers, tidy, costs
	@scripts/check

sanitize: build-asan/build.ninja deps ## run all tests under ASan and UBSan
	@$(NINJA) build-asan
	@. scripts/sanitizers && scripts/test build-asan $(T)

tsan: build-tsan/build.ninja deps ## run all tests under TSan
	@$(NINJA) build-tsan
	@. scripts/sanitizers && scripts/test build-tsan $(T)

fuzz: deps-fuzz build-fuzz/build.ninja ## fuzz every parser for FUZZ_SECONDS (60) each
	@$(NINJA) build-fuzz fuzz-targets
	@scripts/fuzz build-fuzz $(T)

bench: deps-bench all ## measure against the peers, in turns with them
	@STEPWELL=$(abspath $(BUILD))/stepwell bench/run

bench-server: deps-bench all ## measure the server against a raw server and an echo (W8 to W11)
	@STEPWELL=$(abspath $(BUILD))/stepwell bench/server

# A sanitizer ends the process at its first finding, so that a test fails.
SANITIZE = -Ddebug=true -Doptimization=1 -Db_lto=false -Db_lundef=false \
	-Dc_args='-fno-omit-frame-pointer -fno-sanitize-recover=all $(1)'

build-check/build.ninja: | deps
	CC=gcc meson setup -Dwerror=true $(@D)

build-asan/build.ninja: | deps
	meson setup -Db_sanitize=address,undefined $(call SANITIZE,-fsanitize=float-cast-overflow) $(@D)

build-tsan/build.ninja: | deps
	meson setup -Db_sanitize=thread $(call SANITIZE,) $(@D)

# clang says __has_feature where gcc defines __SANITIZE_ADDRESS__, which our arenas look at.
build-fuzz/build.ninja: | deps-fuzz
	CC=clang meson setup -Db_sanitize=address,undefined -Dlibfuzzer=true \
		$(call SANITIZE,-fsanitize=fuzzer-no-link -D__SANITIZE_ADDRESS__) $(@D)

# --- Keeping it clean -----------------------------------------------------------------------------

tidy: ## check the rooms' includes, banned calls, comments, long functions
	@tools/tidy

lint: deps-lint $(BUILD)/build.ninja ## run clang-tidy over the sources (slow)
	@find src -name '*.c' | xargs -P $(JOBS) -n 4 clang-tidy --quiet -p $(BUILD)

format: deps-lint ## format the sources with clang-format
	@find src include tests tools examples bench -name '*.[ch]' 2>/dev/null | xargs clang-format -i

deps-lint:
	@scripts/install-deps --lint

deps-fuzz:
	@scripts/install-deps --fuzz

deps-bench:
	@scripts/install-deps --bench

# --- Putting it somewhere -------------------------------------------------------------------------

install: all ## install under PREFIX (/usr/local), below DESTDIR when given
	@meson configure --prefix $(PREFIX) $(BUILD)
	@meson install -C $(BUILD)
	@[ -n "$(DESTDIR)" ] || ldconfig 2>/dev/null || true

uninstall: ## remove what the last install put there
	@$(NINJA) $(BUILD) uninstall

clean: ## remove every build folder
	rm -rf build build-check build-asan build-tsan build-fuzz

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: all deps run models test unit cases conformance check sanitize tsan fuzz bench bench-server tidy lint format \
	deps-lint deps-fuzz deps-bench install uninstall clean help
