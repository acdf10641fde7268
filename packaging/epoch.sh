#!/bin/sh
# Prints the time that all files in the packages and images have, in seconds since 1970:
# that of the release that the source is from, or of the last commit. Other source
# without its history gets the date of the first package.
set -eu
cd "$(dirname "$0")"
if [ -f release.version ]; then
	stat -c %Y release.version
else
	git log -1 --format=%ct 2>/dev/null || TZ=UTC date -d 2026-11-23 +%s
fi
