#!/bin/sh
# POP before SMTP for Postfix: after a user has logged in, clients may send mail
# from the same address for half an hour. login-hook in tpops.toml(5) starts this
# at each login. Started by a timer, without TPOPS_REMOTE, it only removes old
# addresses.
#
# It has an empty file for each address, with the time of the last login, and
# creates a table from these files. Postfix reads the table with this in main.cf:
#
#   smtpd_relay_restrictions = permit_mynetworks,
#     check_client_access hash:/run/tpops/pop-before-smtp/clients,
#     permit_sasl_authenticated, reject_unauth_destination
#
# All clients that share an address may send as well. If clients can log in to SMTP
# itself, use that instead.
set -eu
umask 022

dir=${POP_BEFORE_SMTP_DIR:-/run/tpops/pop-before-smtp}
minutes=30
remote=${TPOPS_REMOTE-}

mkdir -p "$dir/seen"

# Programs of several logins run at the same time, and would overwrite each
# other's table.
exec 9>"$dir/lock"
flock 9

# The daemon sets the address, such as 192.0.2.1 or 2001:db8::1. Any other text is
# ignored, because it becomes the name of a file.
case $remote in
*[!0-9a-f.:]* | '' | .*) ;;
*) : >"$dir/seen/$remote" ;;
esac

find "$dir/seen" -type f -mmin "+$minutes" -exec rm -f {} +
for file in "$dir/seen"/*; do
	[ ! -e "$file" ] || printf '%s OK\n' "${file##*/}"
done >"$dir/clients.new"

# If no address was added or removed, the table stays as it is.
if cmp -s "$dir/clients.new" "$dir/clients"; then
	rm -f "$dir/clients.new"
	exit 0
fi
mv "$dir/clients.new" "$dir/clients"
if command -v postmap >/dev/null; then
	postmap "$dir/clients"
fi
