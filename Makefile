# What a developer runs and what CI runs are the same targets; `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Caches live outside the checkout, so that a second clone starts warm. Nothing depends on them being there.
export FERROFLUX_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/ferroflux
export CARGO_TARGET_DIR ?= $(FERROFLUX_CACHE)/target
CONTRACT_CRDS ?= ../shared/contract/crds.json
CARGO_FLAGS ?= --locked
XTASK := cargo run $(CARGO_FLAGS) --quiet --package xtask --

.PHONY: help demo setup check format test test-long bench generate programs clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## checks for the tools that builds and tests need; installs missing Debian packages when run as root
	@./e2e/setup

demo: setup ## control plane, controllers, a Git push applied, changed, drifted, repaired and pruned (KEEP=1 leaves it up)
	@$(XTASK) demo $(if $(KEEP),--keep)

check: ## format, lints, layout, licences, generated files
	cargo fmt --all --check
	cargo clippy $(CARGO_FLAGS) --workspace --all-targets -- -D warnings
	$(XTASK) check-layout
	$(XTASK) check-licences
	$(XTASK) generate --check
	@if [ -f "$(CONTRACT_CRDS)" ]; then $(XTASK) check-crds "$(CONTRACT_CRDS)"; fi

format: ## formats the code
	cargo fmt --all

programs: setup ## builds the control plane and the reference tools that tests run (kept outside the checkout)
	@$(XTASK) programs

test: setup check programs ## everything but long and timed things: unit, golden, differential, controller and end-to-end tests
	cargo build $(CARGO_FLAGS) --workspace --bins
	cargo test $(CARGO_FLAGS) --workspace --no-fail-fast

test-long: setup programs ## kill tests with 100 rounds and every recorded answer asked again of the reference tools
	cargo build $(CARGO_FLAGS) --workspace --bins
	FERROFLUX_KILL_ROUNDS=100 cargo test $(CARGO_FLAGS) --workspace --no-fail-fast -- --include-ignored

bench: setup programs ## the benchmarks, printed; figures enter docs/benchmarks.md by hand, after a look
	cargo build $(CARGO_FLAGS) --release --workspace --bins
	@cargo run $(CARGO_FLAGS) --release --quiet --package xtask -- bench

generate: ## writes the generated files (CRDs)
	$(XTASK) generate

clean: ## removes the caches that the targets above made
	rm -rf "$(CARGO_TARGET_DIR)" "$(FERROFLUX_CACHE)/programs"
