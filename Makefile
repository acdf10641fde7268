# TPOPS. 'make demo' tries the server, 'make test' runs every test.

BUILD   := .build
VERSION := $(shell cat packaging/release.version 2>/dev/null || git describe --tags --always --dirty 2>/dev/null || echo unknown)
DESTDIR :=
PREFIX  := /usr/local

# How long each fuzz target runs: make fuzz FUZZTIME=10m
FUZZTIME := 1s

# The oldest Go that go.mod allows, and the newest. Releases are built with the newest: make
# vulnerabilities fails if it has a known vulnerability.
GO_OLDEST := go$(shell sed -n 's/^go //p' go.mod)
GO_NEWEST := go1.27.4

# The database of known vulnerabilities: a version, so that the tests of a commit always
# have the same result, or latest.
VULNDB := v0.0.0-20261105234957-e22db6528018

# What make bench measures: quick, full or all; and rows, separated by commas.
BENCH := full
ROWS  :=

# The version comes from git describe above; without -buildvcs=false a
# checkout that belongs to another user could not be built.
GO       := go
GOBUILD  := $(GO) build -trimpath -buildvcs=false -ldflags '-X main.version=$(VERSION)'
GOTEST   := $(BUILD)/gotest
SCRIPTS  := $(wildcard .ci/run test/*.sh test/*/*.sh test/*/*/*.sh packaging/*.sh packaging/*/*.sh packaging/deb/p* packaging/rpm/p* man/*.sh systemd/end-processes)
TAGS     := cluster,image,integration,nfs,packages,pam,release,screens,systemd

.PHONY: all pam demo test deps lint go-versions vulnerabilities man race fuzz integration soak soak-ci killed systemd cluster cluster-nfs bench bench-readme curves profile
.PHONY: bench-flood bench-deps install clean tools oss-fuzz oss-fuzz-deps

all:
	CGO_ENABLED=0 $(GOBUILD) -o $(BUILD)/ ./cmd/tpops ./cmd/tpops_passwd ./cmd/tpopsctl

# The program that asks PAM, for auth-type = pam. Needs gcc and libpam's headers.
pam:
	CGO_ENABLED=1 $(GOBUILD) -tags pam -o $(BUILD)/ ./cmd/tpops_pam

demo: all
	@test/demo.sh $(BUILD)/tpops

# Everything that CI runs. The integration tests and the machines that boot mostly wait.
# So what computes runs beside them, one after the other: first lint, vulnerabilities,
# go-versions, fuzz and race, and then the check of the packages. The soak takes five minutes.
test:
	$(MAKE) deps
	$(MAKE) -j2 ONE_BY_ONE=yes integration race
	$(MAKE) -j3 systemd check-packages soak-ci

ifdef ONE_BY_ONE
race: | fuzz
fuzz: | go-versions
go-versions: | vulnerabilities
vulnerabilities: | lint
endif

deps:
	test/install-deps.sh test

tools:
	@$(GO) build -buildvcs=false -o $(BUILD)/ ./test/gotest
	@cd test/tools && $(GO) build -buildvcs=false -o ../../$(BUILD)/ honnef.co/go/tools/cmd/staticcheck

lint: tools
	@unformatted=$$(gofmt -l cmd pkg test packaging man) && test -z "$$unformatted" || { echo "gofmt: $$unformatted"; exit 1; }
	$(GO) vet -tags $(TAGS) ./...
	$(GO) vet ./cmd/tpops_pam # has files for a build without PAM
	$(GO) vet -tags libfuzzer ./test/ossfuzz/driver
	$(BUILD)/staticcheck -checks all -tags $(TAGS) ./...
	shellcheck $(SCRIPTS)
	man/lint.sh
	$(GOTEST) ./test/house

# Looks for known vulnerabilities in the modules and in the newest Go. Before a release:
# make vulnerabilities VULNDB=latest
vulnerabilities:
	test/vulnerabilities/check.sh $(GO_NEWEST) $(VULNDB)

# Builds with the oldest and the newest Go that are supported.
go-versions:
	test/go-versions.sh $(GO_OLDEST) $(GO_NEWEST)

# The catalogs, the tables of the manual and the completions of tpopsctl, from the
# declarations in the program.
man:
	$(GO) run -buildvcs=false ./man/generate
	TPOPS_WRITE_COMPLETIONS=yes $(GO) test -count=1 -run TestCompletions ./cmd/tpopsctl

# The unit tests. They need no root, no network, and no program but gcc. Those below test/
# are run by integration and lint. Vet is left to lint, for all tests.
race: tools
	$(GOTEST) -race -vet=off -timeout 40m ./cmd/... ./man/... ./packaging/... ./pkg/...

fuzz:
	test/fuzz.sh $(FUZZTIME)

# The fuzz targets as OSS-Fuzz builds them, each for SECONDS: make oss-fuzz TARGETS=pop3_FuzzReadLine
SECONDS := 10
TARGETS :=
oss-fuzz:
	test/ossfuzz/run.sh $(BUILD)/oss-fuzz $(SECONDS) $(TARGETS)

oss-fuzz-deps:
	test/install-deps.sh oss-fuzz

# The tests that need other programs: mail clients, a database, a started
# server. They build the server themselves, with the race detector. The packages
# share no port and no file, and mostly wait, so that two run at once; with more,
# delays that a test measures would grow. test/house is part of make lint.
integration: tools
	packages=$$($(GO) list -tags integration,pam ./test/... ./cmd/tpops_pam) && \
	$(GOTEST) -race -vet=off -tags integration,pam -p 2 -timeout 60m $$(echo "$$packages" | grep -v /test/house)
	$(GOTEST) -vet=off -tags integration -run '^Test(WaitingSessions|ChildMemory)$$' ./test/processes

# Everything at once for a long time, for each parallel-type: make soak SOAK=1h
SOAK := 5m
soak:
	$(GO) test -race -count=1 -tags integration -timeout 0 -v ./test/soak -run TestSoak -soak=$(SOAK)

# The same for five minutes in all, to run beside tests that compute little.
soak-ci: tools
	$(GOTEST) -race -tags integration -timeout 40m ./test/soak -run TestSoak -soak=100s

# Kills the server at so many of its system calls, and makes as many fail: in about
# an hour on two cores. It has to be run as root.
KILLS := 10000
killed:
	TPOPS_KILLS=$(KILLS) $(GO) test -count=1 -v -tags integration -timeout 4h ./test/killed

# Servers to measure beside TPOPS. What is not installed is left out.
bench-deps:
	test/bench/deps.sh

# The packages on booted machines with systemd, several for each release. They
# mostly wait for systemd, so that two cores can boot four at once.
systemd: tools
	$(GOTEST) -vet=off -tags systemd -parallel 4 -timeout 80m ./test/systemd ./test/bed

# Load balancers, hosts with tpops and a Galera cluster of databases, of which one of each
# kind is killed under load, or loses its power. It takes about three minutes.
cluster: tools
	test/install-deps.sh cluster
	$(GOTEST) -tags cluster -timeout 20m ./test/cluster

# Maildirs on NFSv4, with the kernel's server and two clients in a virtual machine without KVM:
# some minutes.
cluster-nfs:
	test/install-deps.sh nfs
	test/cluster/nfs/machine.sh $(BUILD)/nfs

# make bench BENCH=quick ROWS=poll,retr
bench: all
	$(GO) build -buildvcs=false -o $(BUILD)/ ./test/bench
	$(BUILD)/bench -scale "$(BENCH)" -rows "$(ROWS)" -out $(BUILD)/bench-result $(BUILD)/tpops

# Puts the result of make bench into README.md, and so into the page of make site.
bench-readme:
	$(GO) run -buildvcs=false ./test/bench/readme $(BUILD)/bench-result/bench.md test/bench/measured.md README.md

# How cost grows with messages, sessions and mailboxes, up to 1,000,000, 100,000
# and 100,000, with formulas and plots: in test/bench/curves, which DESIGN.md cites.
CURVES := all
curves: all
	$(GO) build -buildvcs=false -o $(BUILD)/ ./test/bench
	$(BUILD)/bench -scale "$(CURVES)" -rows curve -out test/bench/curves $(BUILD)/tpops

# Profiles of processor, heap and blocking while the rows are measured. The
# server is built with a file that the product does not have.
profile:
	mkdir -p $(BUILD)/profiles
	printf '{"Replace": {"%s": "%s"}}' $(CURDIR)/cmd/tpops/bench_profile.go $(CURDIR)/test/bench/profiled/profile.go > $(BUILD)/profile-overlay.json
	CGO_ENABLED=0 $(GO) build -buildvcs=false -overlay $(BUILD)/profile-overlay.json -tags tpops_profile -o $(BUILD)/tpops-profiled ./cmd/tpops
	$(GO) build -buildvcs=false -o $(BUILD)/ ./test/bench
	$(BUILD)/bench -scale "$(BENCH)" -rows "$(or $(ROWS),poll)" -profile $(BUILD)/profiles -out $(BUILD)/profiles $(BUILD)/tpops-profiled
	for file in $(BUILD)/profiles/*.cpu; do $(GO) tool pprof -top -nodecount=25 $$file; done
	@echo "Look closer: go tool pprof -http=localhost:0 $(BUILD)/profiles/NAME.cpu (or .heap, .block)"

# Logins of honest clients while 2,000 hostile clients flood the server.
bench-flood: all
	$(GO) run -buildvcs=false ./test/flood $(BUILD)/tpops

# Installs a sample only; the operator creates the configuration.
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/sbin
	mkdir -p $(DESTDIR)/etc/tpops # keeps the mode of an existing one
	install $(BUILD)/tpops $(BUILD)/tpops_passwd $(DESTDIR)$(PREFIX)/sbin/
	install $(BUILD)/tpopsctl $(DESTDIR)$(PREFIX)/bin/
	if test -e $(BUILD)/tpops_pam; then install -D $(BUILD)/tpops_pam $(DESTDIR)$(PREFIX)/libexec/tpops/tpops_pam; fi
	$(BUILD)/tpops --sample-config > $(BUILD)/tpops.toml.sample
	install -m 644 $(BUILD)/tpops.toml.sample $(DESTDIR)/etc/tpops/
	for section in 5 7 8; do for language in . ja; do \
		install -d $(DESTDIR)$(PREFIX)/share/man/$$language/man$$section && \
		install -m 644 man/$$language/*.$$section $(DESTDIR)$(PREFIX)/share/man/$$language/man$$section/ || exit; \
	done; done

include packaging/packages.mk

clean:
	rm -rf $(BUILD)
