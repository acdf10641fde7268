#!/bin/sh
# Checks the files of a release, makes them again from the commit that their provenance
# names, and compares:
#
#	verify.sh VERSION DIRECTORY
#
# With SIGNERS=FILE, a list of allowed signers as in ssh-keygen(1), it also checks the
# signature. It needs the repository, and the Go and the compilers that the provenance
# names; it reports those that differ.
set -eu
umask 022
export LC_ALL=C TZ=UTC

fail() {
	printf 'verify.sh: %s\n' "$*" >&2
	exit 1
}

[ $# -eq 2 ] || fail "usage: verify.sh VERSION DIRECTORY"
version=$1
[ -d "$2" ] || fail "$2 does not exist"
given=$(realpath "$2")
top=$(dirname "$(dirname "$(realpath "$0")")")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# signature checks the signature, if the caller names the signers.
signature() {
	if [ -z "${SIGNERS-}" ]; then
		echo "verify.sh: no SIGNERS: the signature is not checked" >&2
		return
	fi
	[ -f "$given/SHA256SUMS.sig" ] || fail "SHA256SUMS.sig is missing"
	signer=$(ssh-keygen -Y find-principals -f "$SIGNERS" -s "$given/SHA256SUMS.sig") ||
		fail "the signature is not of a signer in $SIGNERS"
	ssh-keygen -Y verify -n tpops-release -f "$SIGNERS" -I "$(printf '%s\n' "$signer" | head -n 1)" \
		-s "$given/SHA256SUMS.sig" <"$given/SHA256SUMS" || fail "the signature does not fit"
}

# sums checks that the files are those in SHA256SUMS, no more and no less.
sums() {
	(cd "$given" && sha256sum --check --strict --quiet SHA256SUMS) || fail "a file differs from SHA256SUMS"
	sed 's/^[0-9a-f]*  //' "$given/SHA256SUMS" | sort >"$work/listed"
	(cd "$given" && ls -A) | grep -vxE 'SHA256SUMS(\.sig)?' | sort >"$work/there"
	diff -u "$work/listed" "$work/there" || fail "a file is not in SHA256SUMS"
}

# field prints the value of the first field of this name in the provenance.
field() {
	sed -n 's/^ *"'"$1"'": "\([^"]*\)".*/\1/p' "$given/provenance.json" | head -n 1
}

# again makes the release again, with the Go of the provenance.
again() {
	commit=$(field gitCommit)
	printf '%s\n' "$commit" | grep -qE '^[0-9a-f]{40,64}$' || fail "provenance.json names no commit"
	[ "$(field version)" = "$version" ] || fail "provenance.json is of version $(field version)"
	GOTOOLCHAIN=$(field go)
	export GOTOOLCHAIN
	mkdir "$work/source"
	git -C "$top" cat-file -e "$commit:packaging/release.sh" || fail "the repository has no commit $commit"
	git clone --quiet --no-checkout --shared "$top" "$work/source/tpops"
	git -C "$work/source/tpops" checkout --quiet --detach "$commit"
	KEY='' "$work/source/tpops/packaging/release.sh" "$version" "$work/again" >"$work/log" 2>&1 || fail "$(cat "$work/log")"
}

signature
sums
again
if ! diff -r --brief --exclude=SHA256SUMS --exclude=SHA256SUMS.sig "$given" "$work/again"; then
	diff -u "$given/provenance.json" "$work/again/provenance.json" | grep '^[-+].*"uri"' || true
	fail "the release made again differs"
fi
echo "verify.sh: $(field gitCommit) gives the same files, with $GOTOOLCHAIN"
