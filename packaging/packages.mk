# The packages: 'make packages' builds them, 'make check-packages' checks them.

.PHONY: packages check-packages site screens image check-image

packages:
	packaging/build.sh $(BUILD)/packages

# Requires the programs listed at the top of packaging/check.sh, MariaDB and fail2ban.
check-packages: tools
	packaging/check.sh $(BUILD)/packages
	$(GOTEST) -tags packages -count=1 ./packaging/...

# A static page with the text and figures of README.md, in $(BUILD)/site.
site:
	$(GO) run -buildvcs=false ./packaging/site $(BUILD)/site

# Records tpopsctl top and journalctl on a booted machine with the package, and draws
# the images that README.md and the page show.
screens:
	TPOPS_SCREENS=$(CURDIR)/packaging/site/screens $(GO) test -tags systemd -count=1 -run '^TestScreens$$' ./test/systemd
	$(GO) run -buildvcs=false ./packaging/site

# The container image for podman and docker, in $(BUILD)/image: make image VERSION=1.0.0
image:
	VERSION="$(if $(filter command line,$(origin VERSION)),$(VERSION))" packaging/image.sh $(BUILD)/image

# Runs the image read-only, logs in, and runs its health checks. Requires root.
check-image:
	TPOPS_IMAGE=yes $(GO) test -tags packages -count=1 -run '^TestImageRuns$$' ./packaging/image
