# The packages: 'make packages' builds them, 'make check-packages' checks them.

.PHONY: packages check-packages

packages:
	packaging/build.sh $(BUILD)/packages

# Requires the programs listed at the top of packaging/check.sh, MariaDB and fail2ban.
check-packages: tools
	packaging/check.sh $(BUILD)/packages
	$(GOTEST) -tags packages -count=1 ./packaging/...
