#!/bin/sh
# Demonstrates the server: creates a mailbox with a few messages in a temporary
# directory, starts the server (the program $1) for it on a free loopback port,
# prints commands to try, and removes everything at the end (Ctrl-C). Needs no root.
set -eu
umask 077

program=$(realpath "${1:?usage: demo.sh PROGRAM}")
dir=$(mktemp -d "${TMPDIR:-/tmp}/tpops-demo.XXXXXX")
pid=
tail=
cleanup() {
	# A second Ctrl-C must not interrupt the removal.
	trap '' INT TERM HUP
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || true
	[ -z "$pid" ] || wait "$pid" 2>/dev/null || true
	[ -z "$tail" ] || kill "$tail" 2>/dev/null || true
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'printf "\nStopped; %s is removed.\n" "$dir"; exit 0' INT TERM HUP

# deliver stores standard input as message number $1.
deliver() {
	cat >"$dir/Maildir/new/170000000$1.M${1}P$$.demo"
}

mkdir -p "$dir/Maildir/new" "$dir/Maildir/cur" "$dir/Maildir/tmp"
header='From: Ann <ann@example.org>\nTo: Demo <demo@example.org>\nDate: Thu, 1 Jan 2026 12:00:00 +0000\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n'
{
	printf '%b' "$header" 'Subject: A plain message\n\nHello,\n\nthis is your first message.\n\nAnn\n'
} | deliver 1
{
	printf '%b' "$header" 'Subject: Lines that begin with a dot\n\n.\n..\n...three dots\n.\nThe line above is a dot alone, and not the end.\n'
} | deliver 2
{
	printf '%b' "$header" 'Content-Transfer-Encoding: 8bit\nSubject: =?utf-8?q?8-bit_=C3=BCmlauts?=\n\nGr\0303\0274\0303\0237e, \0343\0201\0223\0343\0202\0223\0343\0201\0253\0343\0201\0241\0343\0201\0257\n'
} | deliver 3
{
	printf '%b' "$header" 'Subject: Stored with CRLF\n\nEach line of this file\nends in CR LF.\n'
} | sed 's/$/\r/' | deliver 4
{
	printf 'From: Ann <ann@example.org>\nTo: Demo <demo@example.org>\nDate: Thu, 1 Jan 2026 12:00:00 +0000\n'
	printf 'Subject: With an attachment\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=part\n\n'
	printf -- '--part\nContent-Type: text/plain\n\nThe licence is attached.\n'
	printf -- '--part\nContent-Type: text/plain; name=LICENSE\nContent-Disposition: attachment; filename=LICENSE\nContent-Transfer-Encoding: base64\n\n'
	base64 "$(dirname "$0")/../LICENSE"
	printf -- '--part--\n'
} | deliver 5
{
	printf '%b' "$header" 'Subject: No newline at the end\n\nThe last line of this file has no end'
} | deliver 6

password=$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')
printf 'demo:{PLAIN}%s:::::userdb_mail=maildir:%s/Maildir\n' "$password" "$dir" >"$dir/users"

# With port 0 the kernel selects a free port; the server logs it.
cat >"$dir/tpops.toml" <<EOF
port = "127.0.0.1:0"
auth-type = "passwd-file"
passwd-file = "$dir/users"
control-socket = "none"
EOF
# Started by root, the server serves the mailbox as nobody.
if [ "$(id -u)" = 0 ]; then
	echo 'user = "nobody"' >>"$dir/tpops.toml"
	chown -R nobody "$dir"
fi
"$program" --fg --config="$dir/tpops.toml" 2>"$dir/log" &
pid=$!
port=
while [ -z "$port" ]; do
	if ! kill -0 "$pid" 2>/dev/null; then
		echo "The server did not start:" >&2
		cat "$dir/log" >&2
		exit 1
	fi
	sleep 0.1
	port=$(sed -n 's/.* listening .*address=127\.0\.0\.1:\([0-9]*\).*/\1/p' "$dir/log")
done

# For mpop, a mail program for the command line.
mkdir -p "$dir/fetched/new" "$dir/fetched/cur" "$dir/fetched/tmp"
cat >"$dir/mpoprc" <<EOF
# mpop -C $dir/mpoprc   fetches into $dir/fetched
account default
host 127.0.0.1
port $port
user demo
password $password
auth user
tls off
keep on
uidls_file $dir/uidls
delivery maildir $dir/fetched
EOF

cat <<EOF
TPOPS serves a mailbox with 6 messages at 127.0.0.1, port $port. In another terminal, try

  list       curl -u demo:$password pop3://127.0.0.1:$port/
  retrieve   curl -u demo:$password pop3://127.0.0.1:$port/2
  delete     curl -u demo:$password -I -X 'DELE 1' pop3://127.0.0.1:$port/
  fetch all  mpop -C $dir/mpoprc
             (then look into $dir/fetched/new)

In a graphical mail program such as Thunderbird, create a POP3 account:

  server 127.0.0.1, port $port, no encryption
  user name demo, password $password (password sent normally, not encrypted)

The Maildir is $dir/Maildir. Press Ctrl-C to stop and remove all of it.
The log of the server follows.

EOF
tail -n +1 -f "$dir/log" &
tail=$!
wait "$pid" || {
	echo "The server has ended." >&2
	exit 1
}
