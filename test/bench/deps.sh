#!/bin/sh
# Installs what make bench compares with: the packages of this Debian
# (../install-deps.sh bench), and Dovecot 2.4 and Courier of Debian 13, each in a
# folder of its own below the folder $1. What cannot be installed is left out of the
# benchmark.
set -eu

"$(dirname "$0")/../install-deps.sh" bench

top=${1:-/var/cache/tpops-bench}
codename=$(sed -n "s/^VERSION_CODENAME=//p" /etc/os-release)
# The mirror that this machine's apt uses.
# shellcheck disable=SC2016 # apt replaces the variables.
mirror=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
	awk -v release="$codename" '$1 == release && $2 == "main" { print $3; exit }')

# debian13 installs a Debian 13 with the packages $4 in the folder $2, unless it has the
# file $3. $1 is the name of the server. The folder appears complete or not at all.
debian13() {
	root=$top/$2
	[ ! -e "$root/$3" ] || return 0
	if [ "$(id -u)" -ne 0 ]; then
		echo "$1 is left out: only root can install it in $root."
		return 0
	fi
	rm -rf --one-file-system "$root.part"
	mkdir -p "$top"
	echo "Installing $1 of Debian 13 in $root"
	if unshare --mount --pid --fork debootstrap --variant=minbase --include="$4" trixie "$root.part" "$mirror" >"$root.log" 2>&1; then
		mv "$root.part" "$root"
		chroot "$root" apt-get clean
	else
		echo "$1 is left out: debootstrap failed, see $root.log."
	fi
}

debian13 "Dovecot 2.4" trixie usr/lib/dovecot/pop3 dovecot-pop3d
debian13 Courier courier usr/lib/courier/courier/courierpop3d courier-pop,courier-authlib-userdb,msmtp-mta
