#!/bin/sh
# Looks for known vulnerabilities in the functions that the programs call, of the
# modules and of the standard library of the Go release $1.
#
# The database is the module golang.org/x/vulndb, from which vuln.go.dev is made, because
# machines that build often reach only a module proxy. It has the version $2, which may be
# latest.
set -eu
toolchain=${1:?usage: check.sh GO DATABASE, for example go1.27.4 latest}
version=${2:?usage: check.sh GO DATABASE, for example go1.27.4 latest}
known=GO-2022-0233

GOTOOLCHAIN=$toolchain
export GOTOOLCHAIN
cd "$(dirname "$0")"
here=$(pwd)
top=$(dirname "$(dirname "$here")")
programs=$top/.build/$toolchain
mkdir -p "$programs"

# The program has to be built with the Go whose standard library it reads. Without cgo, it
# uses the same build of the standard library as go-versions.sh.
(cd ../tools && CGO_ENABLED=0 go build -o "$programs/" golang.org/x/vuln/cmd/govulncheck)

download=$(cd /tmp && go mod download -json "golang.org/x/vulndb@$version") || true # It says why.
database=$(printf '%s\n' "$download" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
version=$(printf '%s\n' "$download" | sed -n 's/^\t"Version": "\(.*\)",$/\1/p')
[ -d "$database/data/osv" ] || {
	echo "check.sh: there is no golang.org/x/vulndb@$2, neither at the module proxy ($(go env GOPROXY)) nor in the module cache" >&2
	exit 69
}

# scan ARGUMENT... prints what was found, without the calls that lead to it.
scan() {
	status=0
	"$programs/govulncheck" -db "file://$database/data/osv" "$@" >"$programs/vulnerabilities" || status=$?
	sed '/^ *#[0-9]*: /d' "$programs/vulnerabilities"
	return "$status"
}

# A check that reports nothing proves nothing: this module has a known vulnerability.
report=$(scan -C "$here/known" .) || true
case $report in
*"$known"*) ;;
*)
	printf '%s\n' "$report"
	echo "check.sh: the known vulnerability $known was not reported" >&2
	exit 1
	;;
esac

echo "vulnerabilities of $toolchain and of the modules, golang.org/x/vulndb $version"
scan -C "$top" -tags pam ./cmd/... || {
	# govulncheck exits with 3 if it has found one.
	[ "$status" -ne 3 ] || echo "The calls are in $programs/vulnerabilities. Update the module, or GO_NEWEST in Makefile." >&2
	exit 1
}
