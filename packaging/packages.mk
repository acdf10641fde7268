# The packages: 'make packages' builds them, 'make check-packages' checks them.
# A release: 'make release VERSION=1.0.0 KEY=FILE' makes it, 'make verify VERSION=1.0.0
# SIGNERS=FILE' makes it again and compares. See CONTRIBUTING.md.

.PHONY: packages check-packages release release-deps verify repository check-release site screens image check-image

packages:
	packaging/build.sh $(BUILD)/packages

# Requires the programs listed at the top of packaging/check.sh, MariaDB and fail2ban.
check-packages: tools
	packaging/check.sh $(BUILD)/packages
	$(GOTEST) -vet=off -tags packages -count=1 ./packaging/...

# KEY and SIGNERS may be relative to the folder in which make is started.
release:
	GOTOOLCHAIN=$(GO_NEWEST) KEY=$(abspath $(KEY)) packaging/release.sh '$(VERSION)' $(BUILD)/release/'$(VERSION)'

verify:
	SIGNERS=$(abspath $(SIGNERS)) packaging/verify.sh '$(VERSION)' $(BUILD)/release/'$(VERSION)'

# Repositories for apt and dnf with all releases in .build/release:
# make repository GPG_KEY=maintainer@example.org URL=https://packages.example.org
repository:
	GPG_KEY='$(GPG_KEY)' $(if $(URL),URL='$(URL)') packaging/repository.sh $(BUILD)/repository $(BUILD)/release/*/

# The compiler and libpam for arm64, and what makes and installs repositories.
release-deps:
	test/install-deps.sh release

# Makes releases of this commit with a key of the test, twice, and installs them.
check-release: tools
	GOTOOLCHAIN=$(GO_NEWEST) $(GOTEST) -tags release -count=1 -timeout 4h ./packaging/release

# A static page with the text and figures of README.md, in $(BUILD)/site.
site:
	$(GO) run -buildvcs=false ./packaging/site $(BUILD)/site

# Records tpopsctl top and journalctl on a booted machine with the package, and draws
# the images that README.md and the page show.
screens: tools
	TPOPS_SCREENS=$(CURDIR)/packaging/site/screens $(GOTEST) -tags systemd,screens -count=1 -run '^TestScreens$$' ./test/systemd
	$(GO) run -buildvcs=false ./packaging/site

# The container image for podman and docker, in $(BUILD)/image: make image VERSION=1.0.0
image:
	VERSION="$(if $(filter command line,$(origin VERSION)),$(VERSION))" packaging/image.sh $(BUILD)/image

# Runs the image read-only, logs in, and runs its health checks; the image for arm64
# under qemu; the quadlet, and the demo with MariaDB, on booted machines with podman. Requires
# root.
check-image: tools
	test/install-deps.sh image
	$(GOTEST) -tags image -count=1 -timeout 40m ./packaging/image
