#!/bin/sh
# Unpacks Courier's POP3 server of this Debian into the folder $1, where it is in
# nobody's way: its package cannot be installed beside Dovecot's. Nothing is done if
# it is there.
set -eu

folder=$1
[ ! -e "$folder/done" ] || exit 0
mkdir -p "$folder"
cd "$folder"
# libcourier-unicode has another number with each release.
unicode=$(apt-cache depends courier-pop courier-base | sed -n 's/.*Depends: \(libcourier-unicode[0-9]*\)$/\1/p' | sort -u)
# shellcheck disable=SC2086 # There may be several.
apt-get -qq download courier-pop courier-authlib $unicode 2>/dev/null
for package in *.deb; do
	dpkg-deb -x "$package" root
	rm "$package"
done
touch done
