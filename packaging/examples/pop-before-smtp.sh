#!/bin/sh
# POP before SMTP for Postfix: whoever has just fetched mail may send from the
# same address for half an hour. For login-hook of tpops.toml(5), which starts
# this at each login; from a timer, without TPOPS_REMOTE, it only forgets what is
# too old.
#
# It keeps an empty file for each address, whose time is that of the last login,
# and makes a table of them. Postfix asks the table like this, in main.cf:
#
#   smtpd_relay_restrictions = permit_mynetworks,
#     check_client_access hash:/run/tpops/pop-before-smtp/clients,
#     permit_sasl_authenticated, reject_unauth_destination
#
# Everybody behind the same address may send as well. Where clients can log in
# to SMTP itself, that is the better way.
set -eu
umask 022

dir=${POP_BEFORE_SMTP_DIR:-/run/tpops/pop-before-smtp}
minutes=30
remote=${TPOPS_REMOTE-}

mkdir -p "$dir/seen"

# Programs of several logins run at once, and each would overwrite the table of
# the others.
exec 9>"$dir/lock"
flock 9

# The address comes from the daemon, as 192.0.2.1 or 2001:db8::1, and not from
# the client; still nothing else becomes the name of a file.
case $remote in
*[!0-9a-f.:]* | '' | .*) ;;
*) : >"$dir/seen/$remote" ;;
esac

find "$dir/seen" -type f -mmin "+$minutes" -exec rm -f {} +
for file in "$dir/seen"/*; do
	[ ! -e "$file" ] || printf '%s OK\n' "${file##*/}"
done >"$dir/clients.new"

# Without a login from a new address, or one to forget, the table is good.
if cmp -s "$dir/clients.new" "$dir/clients"; then
	rm -f "$dir/clients.new"
	exit 0
fi
mv "$dir/clients.new" "$dir/clients"
if command -v postmap >/dev/null; then
	postmap "$dir/clients"
fi
