# `make test` proves the program by itself; `make interop` lets other people's programs check what it makes.
# Both set up what they need, on a machine that has only Rust, a C compiler and Debian's package manager.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help

CARGO ?= cargo
PROGRAM_DEBUG := target/debug/ikrar
PROGRAM_RELEASE := target/release/ikrar

.PHONY: help test fmt lint suites rust browser docs interop fuzz release screens deny setup-test setup-interop

help: ## these words
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

test: setup-test fmt lint suites docs ## everything that proves the program by itself

interop: setup-interop $(PROGRAM_DEBUG) ## outside verifiers: PDF, QR, COSE and log, each read by somebody else's program
	@echo '== interop'
	IKRAR="$(CURDIR)/$(PROGRAM_DEBUG)" bash tests/interop/run.sh

fmt: ## the layout of the code
	@echo '== fmt'
	$(CARGO) fmt --check

# Without otel, `telemetry/traces` has one module of a few lines instead of another: the tests compile it.
lint: ## the rules that clippy holds, also over what only the feature otel builds
	@echo '== clippy'
	$(CARGO) clippy --locked --all-targets --features otel -- -D warnings

suites: setup-test ## `rust` and `browser`, side by side
	@bash tests/suites.sh

rust: setup-test ## unit, property, contract, scenario and crash tests, on both databases
	@echo '== cargo test'
	$(CARGO) test --locked -- --include-ignored

browser: setup-test $(PROGRAM_DEBUG) ## what a person does, in a real Chromium
	@echo '== browser'
	cd tests/browser
	IKRAR="$(CURDIR)/$(PROGRAM_DEBUG)" node run.mjs

docs: ## the documentation of the code
	@echo '== cargo doc'
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --locked --no-deps --document-private-items

fuzz: ## any bytes for each reader, a minute each; builds a crate of its own first, which takes long
	@fuzz/run.sh 60

release: ## the program as it is installed
	@echo '== release'
	$(CARGO) build --locked --release

screens: setup-test $(PROGRAM_DEBUG) ## a picture of every state of every page, into docs/screens
	@cd tests/browser
	IKRAR="$(CURDIR)/$(PROGRAM_DEBUG)" node screens.mjs

deny: ## known weaknesses, licences, bans and sources of everything that is compiled in (needs cargo-deny and a network)
	@$(CARGO) deny --locked check advisories bans licenses sources

# Cargo knows better than make whether it is up to date. With a test beside it, it is the program that `cargo test` has made:
# what tests depend on gives its libraries more features, and without one they would all be built again.
.PHONY: $(PROGRAM_DEBUG)
$(PROGRAM_DEBUG):
	@$(CARGO) build --locked --bins --test vectors

setup-test:
	@bash tests/setup.sh test

setup-interop:
	@bash tests/setup.sh interop
