#!/bin/sh
# Unpacks the crowdsec package of Debian into a directory, without installing it: its
# installation registers the machine at a server. Does nothing if it is there.
set -eu

[ $# -eq 1 ] || {
	echo "usage: crowdsec.sh DIRECTORY" >&2
	exit 64
}
[ -x "$1/usr/bin/crowdsec" ] && exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && apt-get -q -o APT::Sandbox::User=root download crowdsec)
rm -rf "$1.new"
mkdir -p "$1.new"
dpkg -x "$work"/crowdsec_*.deb "$1.new"
rm -rf "$1"
mv "$1.new" "$1"
