#!/bin/sh
# Unpacks Courier's POP3 server into the folder $1, from the packages of this
# Debian. They cannot be installed: courier-pop conflicts with dovecot-pop3d.
set -eu

folder=$1
test ! -e "$folder/done" || exit 0
mkdir -p "$folder/packages"
cd "$folder/packages"
apt-get -q download courier-pop courier-authlib libcourier-unicode4 libidn12
for package in *.deb; do
	dpkg -x "$package" "$folder"
done
: >"$folder/done"
