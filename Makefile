# Everything needs only Go, make, git and bash. The targets test, test-matrix
# and lowest also install or fetch servers: see internal/dbservers/install.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO ?= go
FUZZTIME ?= 10s
BENCHTIME ?= 1s
BENCHROUNDS ?= 6
CONNECTTIME ?= 4s

# Linters run by version from the module cache: nothing is installed, and
# no go.mod knows them.
STATICCHECK := $(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOLANGCI := $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
ACTIONLINT := $(GO) run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
GOVULNCHECK := $(GO) run golang.org/x/vuln/cmd/govulncheck@v1.9.0

# The lowest Go that go.mod allows.
LOWEST := go$(shell sed -n 's/^go //p' go.mod)

# Modules of their own: they need what must stay out of the library's go.mod.
MODULES := examples/integrations cmd/rdstls

# What programs compile, and the attacks on it.
LIBRARY := ./rdstls ./bundle ./pgx ./mysql ./rdsiam ./internal/adapter ./internal/attackmatrix

# Tests wait for servers more than they compute.
PARALLEL := -parallel $(shell expr 2 '*' $$(getconf _NPROCESSORS_ONLN))

INSTALL := internal/dbservers/install

.PHONY: help
help: ## Show this text.
	@awk 'BEGIN { FS = ":.*## " } /^[a-z0-9-]+:.*## / { printf "%-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: test
test: ## Install missing servers and run every test with the race detector.
	@required=$$($(INSTALL)/distribution.sh); \
	$(MAKE) --no-print-directory race RDSTLS_REQUIRE_SERVERS="$$required"

.PHONY: test-matrix
test-matrix: ## Fetch Oracle MySQL as well, and run every test.
	@required=$$($(INSTALL)/distribution.sh); \
	mysql=$$($(INSTALL)/mysql.sh); \
	$(MAKE) --no-print-directory race RDSTLS_REQUIRE_SERVERS="$$required,$$mysql"
	if command -v aws >/dev/null; then cd cmd/rdstls && $(GO) test -count=1 -tags matrix -run Matrix ./internal/audit/endtoend; fi

# As test, without installing anything. RDSTLS_REQUIRE_SERVERS lists what has to
# be there; what else is found is tested too. Before it ends, a process with the race
# detector sleeps for a second, unless GORACE says less: a minute for all packages.
.PHONY: race
race: export RDSTLS_REQUIRE_SERVERS ?=
race: export GORACE ?= atexit_sleep_ms=100
race: ## Run every test with the race detector, on the servers that are here.
	@echo "servers required: $${RDSTLS_REQUIRE_SERVERS:-none}"
	$(GO) test -race -shuffle=on -count=1 $(PARALLEL) ./...
	for module in $(MODULES); do (cd $$module && $(GO) test -race -shuffle=on -count=1 $(PARALLEL) ./...); done

.PHONY: lowest
lowest: ## Run the library's tests with the lowest Go that go.mod allows.
	GOTOOLCHAIN=$(LOWEST) $(GO) version
	GOTOOLCHAIN=$(LOWEST) $(GO) vet ./...
	GOTOOLCHAIN=$(LOWEST) $(GO) test -count=1 $(PARALLEL) $(LIBRARY)

# The library requires the lowest SDK that works, on purpose; programs use newer
# ones. A go.mod of its own for the time of the test: ours is not changed.
.PHONY: newest
newest: ## Run rdsiam's tests with the newest AWS SDK.
	@dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; \
	cp go.mod go.sum "$$dir"; set -x; \
	$(GO) get -modfile="$$dir/go.mod" github.com/aws/aws-sdk-go-v2@latest \
		github.com/aws/aws-sdk-go-v2/feature/rds/auth@latest; \
	$(GO) test -modfile="$$dir/go.mod" -count=1 ./rdsiam; \
	$(GO) test -modfile="$$dir/go.mod" -count=1 -run IAM ./pgx ./mysql

.PHONY: newest-drivers
newest-drivers: ## Run the tests with the newest of every dependency.
	@dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; \
	cp go.mod go.sum "$$dir"; set -x; \
	$(GO) get -modfile="$$dir/go.mod" -u -t ./...; \
	$(GO) test -modfile="$$dir/go.mod" -count=1 ./rdstls ./bundle ./pgx ./mysql ./rdsiam

# For hand and week, not for make test: it takes minutes.
.PHONY: peer-suites
peer-suites: ## Run the drivers' own tests through the adapters, and compare with a list.
	@$(INSTALL)/distribution.sh >/dev/null
	@$(INSTALL)/mysql.sh >/dev/null
	$(GO) run ./internal/peersuites

# What does not work with fips140=only is in docs/fips.md.
.PHONY: fips
fips: ## Run the library's tests in the FIPS 140-3 mode of Go.
	GODEBUG=fips140=on $(GO) test -count=1 $(PARALLEL) $(LIBRARY)

.PHONY: check
check: fmt-check vet rdsvet lint actionlint tidy-check generate-check cross ## All checks that run no test.

.PHONY: fmt-check
fmt-check: ## Fail if a file is not formatted.
	@files=$$(gofmt -l .); [ -z "$$files" ] || { echo "not formatted: run gofmt -w on:"; echo "$$files"; exit 1; }

.PHONY: vet
vet: ## go vet, every module.
	$(GO) vet ./...
	for module in $(MODULES); do (cd $$module && $(GO) vet ./...); done

# Deliberate exceptions have a comment with the reason: see docs/rules.md.
.PHONY: rdsvet
rdsvet: ## rdstls vet, on this repository.
	$(GO) -C cmd/rdstls run . vet --fail-on note ../..

.PHONY: lint
lint: ## staticcheck, every module.
	$(STATICCHECK) ./...
	for module in $(MODULES); do (cd $$module && $(STATICCHECK) ./...); done

.PHONY: golangci
golangci: ## golangci-lint, every module (not part of check: it takes minutes to build).
	$(GOLANGCI) run ./...
	for module in $(MODULES); do (cd $$module && $(GOLANGCI) run ./...); done

# Without shellcheck and pyflakes, which are on some machines and not on others.
.PHONY: actionlint
actionlint: ## Check the workflows of .github, and the one in docs/rules.md.
	$(ACTIONLINT) -shellcheck= -pyflakes=
	sed -n '/^```yaml workflow$$/,/^```$$/{/^```/d;p;}' docs/rules.md | $(ACTIONLINT) -shellcheck= -pyflakes= -stdin-filename docs/rules.md -

# Not part of check: it asks vuln.go.dev, and its answer changes without us.
.PHONY: vulncheck
vulncheck: ## Look for known vulnerabilities in what the code calls, every module.
	$(GOVULNCHECK) ./...
	for module in $(MODULES); do (cd $$module && $(GOVULNCHECK) ./...); done

.PHONY: tidy-check
tidy-check: ## Fail if a go.mod or go.sum is not tidy.
	$(GO) mod tidy -diff
	for module in $(MODULES); do (cd $$module && $(GO) mod tidy -diff); done

.PHONY: generate-check
generate-check: ## Fail if the bundle's generated files are stale.
	$(GO) generate ./bundle
	git diff --exit-code -- bundle

# Writes nothing but REPORT, which is empty if there is no difference.
.PHONY: bundle-compare
bundle-compare: REPORT ?= /dev/null
bundle-compare: ## Compare the embedded roots with those that AWS publishes.
	@GO='$(GO)' internal/bundlegen/compare.sh '$(REPORT)'

# vet compiles the tests too. On 32 bits, for one, a digest's offset or an
# x509 serial number may not fit an int.
.PHONY: cross
cross: ## go vet for other systems: 32 bits, Windows, macOS.
	GOARCH=386 $(GO) vet ./...
	GOOS=windows $(GO) vet ./...
	GOOS=darwin $(GO) vet ./...
	cd cmd/rdstls && GOARCH=386 $(GO) vet ./...
	cd cmd/rdstls && GOOS=windows $(GO) vet ./...
	cd cmd/rdstls && GOOS=darwin $(GO) vet ./...

.PHONY: examples
examples: ## Run the examples that need nothing but Go.
	$(GO) run ./examples/quickstart

# The files are searched for targets: go test -list would link every test. Each
# package is linked once. Inputs are not minimized: that took most of a short run.
# FUZZCORPUS holds what earlier runs found; replaying it takes all of a short run, so
# CI starts with an empty one.
.PHONY: fuzz
fuzz: FUZZCORPUS ?= $(shell $(GO) env GOCACHE)/fuzz
fuzz: ## Fuzz every target for FUZZTIME (10s).
	@built=$$(mktemp -d); trap 'rm -rf "$$built"' EXIT; \
	for dir in $$(git grep -l '^func Fuzz' -- '*_test.go' | xargs -n 1 dirname | uniq); do \
		$(GO) -C "$$dir" test -c -fuzz . -o "$$built/fuzz.test" .; \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9]*\)(.*/\1/p' "$$dir"/*_test.go); do \
			echo "fuzz $$dir $$target"; \
			(cd "$$dir" && "$$built/fuzz.test" -test.run '^$$' -test.fuzz "^$$target\$$" -test.fuzztime $(FUZZTIME) \
				-test.fuzzminimizetime 1x -test.fuzzcachedir "$(FUZZCORPUS)/$$dir"); \
		done; \
	done

# Rounds, because what a machine does besides comes and goes; benchstat takes
# them too. Connections to PostgreSQL differ by so little that they need longer.
.PHONY: bench
bench: ## Measure for docs/performance.md, in BENCHROUNDS rounds; bench.txt is for benchstat.
	@$(INSTALL)/distribution.sh >/dev/null
	@$(INSTALL)/mysql.sh >/dev/null
	@rm -f bench.txt
	@for round in $$(seq $(BENCHROUNDS)); do \
		$(GO) test -run '^$$' -bench . -skip RatioConnect/postgres -benchmem -benchtime $(BENCHTIME) ./... | tee -a bench.txt; \
		$(GO) test -run '^$$' -bench RatioConnect -benchtime $(CONNECTTIME) ./pgx | tee -a bench.txt; \
	done
	$(GO) run ./internal/benchtable -update docs/performance.md < bench.txt
