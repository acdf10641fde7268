#!/bin/sh
# Makes the files of a release from a commit, by default the one checked out:
#
#	release.sh VERSION DIRECTORY [COMMIT]
#
# DIRECTORY must not exist. It gets the packages for amd64 and arm64, the source, an
# SBOM for each of these, the release notes, the provenance and SHA256SUMS. With
# KEY=FILE, a private key of ssh-keygen, it also gets the signature of SHA256SUMS.
# Nothing is published. The same commit, Go and compilers give the same bytes; the
# signature too, if the key is of the type ed25519.
set -eu
umask 022
export LC_ALL=C TZ=UTC

fail() {
	printf 'release.sh: %s\n' "$*" >&2
	exit 1
}

[ $# -ge 2 ] || fail "usage: release.sh VERSION DIRECTORY [COMMIT]"
version=$1
out=$(realpath -m "$2")
top=$(dirname "$(dirname "$(realpath "$0")")")
cd "$top"
printf '%s\n' "$version" | grep -qE '^[0-9]+\.[0-9]+\.[0-9]+(~(alpha|beta|rc)[0-9]+)?$' ||
	fail "VERSION=$version: want a version such as 1.0.0 or 1.0.0~rc1"
[ ! -e "$out" ] || fail "$out exists: remove it first"
[ -z "${KEY-}" ] || [ -r "$KEY" ] || fail "KEY=$KEY: no such file"
if [ $# -lt 3 ] && [ -n "$(git status --porcelain)" ]; then
	fail "the source has changes that are not committed"
fi
commit=$(git rev-parse --verify --quiet "${3-HEAD}^{commit}") || fail "no commit ${3-HEAD}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# tool runs packaging/release of the commit.
tool() {
	"$work/release" "$@"
}

# source_archive writes the source with its version and date.
source_archive() {
	git archive --prefix="$1/" "$commit" | tar -x -C "$work"
	cd "$work/$1"
	go build -trimpath -buildvcs=false -o "$work/release" ./packaging/release
	tool stamp "$version" "$SOURCE_DATE_EPOCH"
	tar --sort=name --format=gnu --owner=0 --group=0 --numeric-owner --mode=u+rw,go=rX \
		--mtime="@$SOURCE_DATE_EPOCH" -C "$work" -c "$1" | gzip -9nc >"$work/out/$1.tar.gz"
}

# unpack unpacks the package $1 into $work/root.
unpack() {
	rm -rf "$work/root"
	mkdir "$work/root"
	case $1 in
	*.deb) dpkg-deb -x "$1" "$work/root" ;;
	*.rpm) (cd "$work/root" && rpm2cpio "$1" | cpio --quiet -id --no-absolute-filenames 2>/dev/null) ;;
	esac
}

# compilers prints the versions of the packages that the build depends on.
compilers() {
	dpkg-query -W -f '${db:Status-Status} ${Package} ${Architecture} ${Version}\n' \
		'gcc-[0-9]*' 'binutils*' 'libgcc-*-dev*' 'libc6-dev*' 'libpam0g-dev' gzip tar 2>/dev/null |
		sed -n 's/^installed //p' | grep -E '^(gcc-[0-9]+(-(aarch64|x86-64)-linux-gnu)?|binutils(-(aarch64|x86-64)-linux-gnu)?|libgcc-[0-9]+-dev(-(arm64|amd64)-cross)?|libc6-dev(-(arm64|amd64)-cross)?|libpam0g-dev|gzip|tar) ' | sort
}

SOURCE_DATE_EPOCH=$(git log -1 --format=%ct "$commit")
PACKAGE_VERSION=$version
REQUIRE_PAM=yes
export SOURCE_DATE_EPOCH PACKAGE_VERSION REQUIRE_PAM
mkdir "$work/out"
source_archive "tpops-$version"
packaging/build.sh "$work/out" amd64 arm64
for artifact in "$work"/out/*; do
	case $artifact in
	*.tar.gz) tool sbom "$artifact" "$version" "$SOURCE_DATE_EPOCH" >"$artifact.cdx.json" ;;
	*)
		unpack "$artifact"
		tool sbom "$artifact" "$version" "$SOURCE_DATE_EPOCH" "$work/root" >"$artifact.cdx.json"
		;;
	esac
done
tool notes "$version" >"$work/out/release-notes.md"
compilers >"$work/compilers"
tool provenance "$work/out" "$version" "$SOURCE_DATE_EPOCH" "$commit" <"$work/compilers" >"$work/provenance.json"
mv "$work/provenance.json" "$work/out/"
(cd "$work/out" && sha256sum -- *) >"$work/sums"
mv "$work/sums" "$work/out/SHA256SUMS"
if [ -n "${KEY-}" ]; then
	ssh-keygen -q -Y sign -n tpops-release -f "$KEY" "$work/out/SHA256SUMS"
else
	echo "release.sh: no KEY: SHA256SUMS has no signature" >&2
fi
mkdir -p "$(dirname "$out")"
cp -r "$work/out" "$out.part"
mv "$out.part" "$out"
(cd "$out" && ls -l)
