# The front door; meson.build does the work. `make help` lists what there is.
#
# BUILD=dir builds elsewhere, so that two people can work in one checkout.

BUILD   ?= build
JOBS    ?= $(shell nproc 2>/dev/null || echo 2)
PREFIX  ?= /usr/local
SECONDS_EACH = $(or $(FUZZ_SECONDS),60)

# scripts/install-deps takes milliseconds when nothing is missing.
all: deps $(BUILD)/build.ninja ## build build/stepwell, after installing what is missing
	@ninja -C $(BUILD) -j $(JOBS)

deps: ## install what the build needs and the system lacks
	@scripts/install-deps

$(BUILD)/build.ninja: | deps
	meson setup $(BUILD) --prefix $(PREFIX)

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: all deps help
