#!/bin/sh
# Makes the container image, as archives in the OCI format:
#
#	image.sh DIRECTORY [ARCH...]
#
# by default for amd64 and arm64, and one archive with both. It needs Go alone. The same commit and the same Go give
# the same octets. VERSION is the version of the image.
set -eu
umask 022
export LC_ALL=C TZ=UTC GOFLAGS='' GOEXPERIMENT='' GOAMD64=v1 GOARM64=v8.0

top=$(dirname "$(dirname "$(realpath "$0")")")
mkdir -p "$1"
out=$(realpath "$1")
shift
[ $# -gt 0 ] || set -- amd64 arm64
cd "$top"

# A tag of an image may not have the ~ of a version of the packages.
VERSION=$(echo "${VERSION:-$(packaging/version.sh)}" | tr '~+' '--')
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(packaging/epoch.sh)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

packaging/licenses.sh "$work/licenses"
for arch in "$@"; do
	mkdir "$work/$arch"
	CGO_ENABLED=0 GOOS=linux GOARCH=$arch go build -trimpath -buildvcs=false \
		-ldflags "-s -w -X main.version=$VERSION" -o "$work/$arch/" ./cmd/tpops ./cmd/tpops_passwd ./cmd/tpopsctl
	go run -buildvcs=false ./packaging/image -programs "$work/$arch" -licenses "$work/licenses" -version "$VERSION" -arch "$arch" \
		-time "$SOURCE_DATE_EPOCH" "$out/tpops-$VERSION-$arch.oci.tar"
done
[ $# -gt 1 ] || exit 0

# One archive with all of them.
for arch in "$@"; do
	shift
	set -- "$@" "$out/tpops-$VERSION-$arch.oci.tar"
done
go run -buildvcs=false ./packaging/image -index "$out/tpops-$VERSION.oci.tar" "$@"
