#!/bin/sh
# Builds the daemon with each Go release that is named, vets the programs, and runs some
# short tests:
#
#	go-versions.sh GO..., for example go1.26.0 go1.27.4
#
# The releases come from the module proxy. Without cgo, everything uses the same build of
# the standard library.
set -eu
[ $# -gt 0 ] || {
	echo 'usage: go-versions.sh GO..., for example go1.26.0 go1.27.4' >&2
	exit 64
}
cd "$(dirname "$0")/.."
CGO_ENABLED=0
export CGO_ENABLED
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

for GOTOOLCHAIN in "$@"; do
	export GOTOOLCHAIN
	[ "$(go env GOVERSION)" = "$GOTOOLCHAIN" ] || {
		echo "go-versions.sh: go env GOVERSION is $(go env GOVERSION), want $GOTOOLCHAIN" >&2
		exit 1
	}
	go build -buildvcs=false -o "$work/" ./cmd/tpops
	"$work/tpops" --version
	go vet -assign ./cmd/tpops ./cmd/tpopsctl # This check needs nothing of the standard library.
	go test -vet=off ./pkg/scram ./pkg/uidlist
done
