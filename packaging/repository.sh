#!/bin/sh
# Makes a repository for apt and one for dnf from the packages of releases:
#
#	repository.sh DIRECTORY FOLDER...
#
# GPG_KEY names the key of gpg that signs the indexes. URL is where DIRECTORY will be
# served; without it the samples of the configuration use this machine's files.
# DIRECTORY is replaced. Requires apt-utils, createrepo-c and gpg.
set -eu
umask 022
export LC_ALL=C TZ=UTC

fail() {
	printf 'repository.sh: %s\n' "$*" >&2
	exit 1
}

[ $# -ge 2 ] || fail "usage: repository.sh DIRECTORY FOLDER..."
[ -n "${GPG_KEY-}" ] || fail "GPG_KEY is missing: name the key that signs"
out=$(realpath -m "$1")
shift
url=${URL-file://$out}

mkdir -p "$(dirname "$out")"
work=$(mktemp -d "$out.XXXXXX")
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# collect copies the packages of all folders, which must have different names.
collect() {
	mkdir -p "$work/apt/pool" "$work/dnf"
	for folder in "$@"; do
		for package in "$folder"/*.deb "$folder"/*.rpm; do
			[ -f "$package" ] || fail "$folder has no packages of both kinds"
			target=$work/dnf
			[ "$package" = "${package%.deb}" ] || target=$work/apt/pool
			[ ! -e "$target/${package##*/}" ] || fail "$package is there twice"
			cp "$package" "$target/"
		done
	done
}

sign() {
	gpg --batch --yes --local-user "$GPG_KEY" --digest-algo SHA256 "$@"
}

# for_apt makes dists/stable/main, with InRelease.
for_apt() {
	cd "$work/apt"
	for architecture in amd64 arm64; do
		index=dists/stable/main/binary-$architecture
		mkdir -p "$index"
		apt-ftparchive --arch "$architecture" packages pool >"$index/Packages"
		gzip -9nk "$index/Packages"
	done
	apt-ftparchive -o APT::FTPArchive::Release::Origin=TPOPS -o APT::FTPArchive::Release::Label=TPOPS \
		-o APT::FTPArchive::Release::Suite=stable -o APT::FTPArchive::Release::Codename=stable \
		-o APT::FTPArchive::Release::Components=main -o 'APT::FTPArchive::Release::Architectures=amd64 arm64' \
		release dists/stable >"$work/Release"
	mv "$work/Release" dists/stable/
	sign --clearsign --output dists/stable/InRelease dists/stable/Release
	sign --armor --detach-sign --output dists/stable/Release.gpg dists/stable/Release
	gpg --batch --export "$GPG_KEY" >tpops.gpg
	cat >tpops.sources <<-END
		# For /etc/apt/sources.list.d. Copy tpops.gpg to /usr/share/keyrings.
		Types: deb
		URIs: $url/apt
		Suites: stable
		Components: main
		Signed-By: /usr/share/keyrings/tpops.gpg
	END
}

# for_dnf makes repodata with the signature of repomd.xml, which has the sums of all.
for_dnf() {
	cd "$work/dnf"
	createrepo_c --quiet --no-database .
	sign --armor --detach-sign --output repodata/repomd.xml.asc repodata/repomd.xml
	gpg --batch --armor --export "$GPG_KEY" >tpops.asc
	cat >tpops.repo <<-END
		# For /etc/yum.repos.d. The signed index has the sums of the packages.
		[tpops]
		name=TPOPS
		baseurl=$url/dnf
		repo_gpgcheck=1
		gpgcheck=0
		gpgkey=$url/dnf/tpops.asc
	END
}

collect "$@"
(for_apt)
(for_dnf)
rm -rf "$out"
mv "$work" "$out"
find "$out" -type f | sort
