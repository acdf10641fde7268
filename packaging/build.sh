#!/bin/sh
# Builds the packages:
#
#	build.sh DIRECTORY [ARCH...]
#
# by default for amd64 and arm64. The same commit and the same Go give the same
# bytes, whatever the time, paths, names and settings of this machine.
# nfpm comes from tools/go.mod.
set -eu
umask 022
export LC_ALL=C TZ=UTC GOFLAGS='' GOEXPERIMENT='' GOAMD64=v1 GOARM64=v8.0

top=$(dirname "$(dirname "$(realpath "$0")")")
out=$1
shift
[ $# -gt 0 ] || set -- amd64 arm64
mkdir -p "$out"
out=$(realpath "$out")
cd "$top"

PACKAGE_VERSION=${PACKAGE_VERSION:-$(packaging/version.sh)}
MAINTAINER=${MAINTAINER:-TPOPS maintainers <maintainers@tpops.invalid>}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(packaging/epoch.sh)}
export PACKAGE_VERSION MAINTAINER SOURCE_DATE_EPOCH

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

(cd packaging/tools && go build -buildvcs=false -o "$work/nfpm" github.com/goreleaser/nfpm/v2/cmd/nfpm)

# programs builds the static programs for the architecture $1. They are built without
# cgo: only then can Go make a system call on every thread at once
# (syscall.AllThreadsSyscall), which confining the process requires. They use no
# libc: TPOPS itself reads the users of the system, without NSS. So a binary runs
# with any libc and is built without a compiler for its machine.
programs() {
	for program in tpops tpops_passwd tpopsctl; do
		CGO_ENABLED=0 GOOS=linux GOARCH=$1 go build -trimpath -buildvcs=false \
			-ldflags "-s -w -X main.version=$PACKAGE_VERSION" -o "$STAGE/$program" "./cmd/$program"
	done
}

# compiler prints the C compiler for the architecture $1, if it is installed and can
# link with libpam.
compiler() {
	case $1 in
	"$(go env GOHOSTARCH)") cc=gcc ;;
	amd64) cc=x86_64-linux-gnu-gcc ;;
	arm64) cc=aarch64-linux-gnu-gcc ;;
	*) return 1 ;;
	esac
	echo 'int main(void) { return !pam_strerror(0, 0); }' >"$work/try.c"
	"$cc" -include security/pam_appl.h -o "$work/try" "$work/try.c" -lpam 2>/dev/null || return 1
	echo "$cc"
}

# pam builds the program that uses PAM for the architecture $1. It is the only program
# that needs cgo, because it is linked with C libraries. For another architecture than
# that of this machine, its compiler and its libpam must be installed. Without them the
# package has no PAM, and the daemon reports this if auth-type requires it. With
# REQUIRE_PAM=yes, as for a release, that is an error.
pam() {
	if ! cc=$(compiler "$1"); then
		if [ -n "${REQUIRE_PAM-}" ] || [ "$1" = "$(go env GOHOSTARCH)" ]; then
			echo "build.sh: gcc or the headers of libpam (libpam0g-dev) for $1 are missing: see 'make release-deps'" >&2
			return 1
		fi
		echo "build.sh: no compiler with libpam for $1: the package is without PAM" >&2
		return 0
	fi
	CGO_ENABLED=1 CC=$cc GOOS=linux GOARCH=$1 \
		CGO_CFLAGS='-O2 -g0 -fstack-protector-strong -D_FORTIFY_SOURCE=2' \
		go build -tags pam -trimpath -buildvcs=false -buildmode=pie \
		-ldflags "-s -w -linkmode=external -extldflags '-Wl,-z,relro,-z,now'" -o "$STAGE/tpops_pam" ./cmd/tpops_pam
	"${cc%gcc}objcopy" --remove-section=.comment "$STAGE/tpops_pam" # the compiler's name
}

# manual compresses man/NAME.SECTION and man/LANGUAGE/NAME.SECTION, without the name and
# time of the source.
manual() {
	find man -type f -name '*.[578]' 2>/dev/null | while read -r page; do
		target=$STAGE/doc/man$(dirname "${page#man}")/man${page##*.}/$(basename "$page").gz
		mkdir -p "$(dirname "$target")"
		gzip -9nc "$page" >"$target"
	done
}

# documentation collects the documentation.
documentation() {
	manual
	install -D -m 644 -t "$STAGE/doc/doc/tpops/examples" systemd/examples/*.conf packaging/sql/*.sql packaging/examples/*
	[ ! -f CHANGELOG.md ] || gzip -9nc CHANGELOG.md >"$STAGE/doc/doc/tpops/changelog.gz"
}

# declaration prints nfpm.yaml with an entry for each file of the documentation. It
# omits the lines with the mark PAM if PAM was not built.
declaration() {
	sed '/^contents:/q' packaging/nfpm.yaml
	(cd "$STAGE/doc" && find . -type f | sort | sed 's#^\./##') | while read -r file; do
		for kind in 'packager: deb' 'packager: rpm, type: doc'; do
			echo "  - {src: build/doc/$file, dst: /usr/share/$file, $kind, file_info: {mode: 0644}}"
		done
	done
	without=' # PAM$'
	[ ! -f "$STAGE/tpops_pam" ] || without='^$'
	sed "1,/^contents:/d; /$without/d" packaging/nfpm.yaml
}

# system installs files for systemd under other names, and files that may be missing.
system() {
	lib=$STAGE/usr/lib
	install -D -m 644 systemd/tpops.sysusers "$lib/sysusers.d/tpops.conf"
	install -D -m 644 systemd/tpops.tmpfiles "$lib/tmpfiles.d/tpops.conf"
	for catalog in systemd/*.catalog; do
		[ ! -f "$catalog" ] || install -D -m 644 "$catalog" "$lib/systemd/catalog/$(basename "$catalog")"
	done
}

# changes writes the changelog of this version. A version between two releases has a
# separate entry.
changes() {
	if ! grep -q "^- semver: $PACKAGE_VERSION\$" packaging/changelog.yaml; then
		cat <<-END
			- semver: $PACKAGE_VERSION
			  date: $(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
			  packager: $MAINTAINER
			  deb:
			    urgency: low
			    distributions: [UNRELEASED]
			  changes:
			    - note: Snapshot of the source between two releases.
		END
	fi
	cat packaging/changelog.yaml
}

# releases appends the version of the package to each version in a changelog.
releases() {
	sed 's/^- semver: .*/&-1/'
}

for ARCH in "$@"; do
	STAGE=$work/$ARCH/build
	mkdir -p "$STAGE"
	export ARCH
	programs "$ARCH"
	pam "$ARCH"
	go run -buildvcs=false ./packaging/generate "$STAGE"
	documentation
	declaration >"$STAGE/nfpm.yaml"
	system
	packaging/licenses.sh "$STAGE/licenses"
	changes | releases >"$STAGE/changelog.yaml"
	cp -r systemd packaging "$work/$ARCH/"
	find "$work/$ARCH" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
	for format in deb rpm; do
		(cd "$work/$ARCH" && "$work/nfpm" package --config build/nfpm.yaml --packager "$format" --target "$out/")
	done
done
