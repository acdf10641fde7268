#!/bin/sh
# Installs what make bench compares with: the packages of this Debian
# (../install-deps.sh bench), and Dovecot 2.4 of Debian 13 in a folder of its
# own, where it is in nobody's way. What cannot be installed is left out of the
# benchmark.
set -eu

"$(dirname "$0")/../install-deps.sh" bench

root=${1:-/var/cache/tpops-bench/trixie}
[ ! -e "$root/usr/lib/dovecot/pop3" ] || exit 0
if [ "$(id -u)" -ne 0 ]; then
	echo "Dovecot 2.4 is left out: only root can install it in $root."
	exit 0
fi

# The mirror that this machine's apt uses.
codename=$(sed -n "s/^VERSION_CODENAME=//p" /etc/os-release)
# shellcheck disable=SC2016 # apt replaces the variables.
mirror=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
	awk -v release="$codename" '$1 == release && $2 == "main" { print $3; exit }')

# It appears whole or not at all.
rm -rf --one-file-system "$root.part"
mkdir -p "$(dirname "$root")"
echo "Installing Dovecot 2.4 of Debian 13 in $root"
if unshare --mount --pid --fork debootstrap --variant=minbase --include=dovecot-pop3d trixie "$root.part" "$mirror" >"$root.log" 2>&1; then
	mv "$root.part" "$root"
	chroot "$root" apt-get clean
else
	echo "Dovecot 2.4 is left out: debootstrap failed, see $root.log."
fi
