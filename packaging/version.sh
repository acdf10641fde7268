#!/bin/sh
# Prints the version of the packages: that of the newest entry of the changelog if
# the commit has the tag of this name. Otherwise a version that sorts before it and
# contains the commit. Both package formats accept it. The source of a release has its
# version in a file.
set -eu
cd "$(dirname "$0")"
if [ -f release.version ]; then
	cat release.version
	exit 0
fi

base=$(sed -n 's/^- semver: *//p' changelog.yaml | head -n 1)
if ! commit=$(git rev-parse --short=10 HEAD 2>/dev/null); then
	echo "$base~dev"
	exit 0
fi
dirty=$(git status --porcelain --untracked-files=no 2>/dev/null)
if [ -z "$dirty" ] && [ "$(git describe --tags --exact-match 2>/dev/null || true)" = "v$base" ]; then
	echo "$base"
	exit 0
fi
date=$(TZ=UTC git log -1 --format=%cd --date=format-local:%Y%m%d.%H%M%S)
echo "$base~dev$date.g$commit${dirty:+.dirty}"
