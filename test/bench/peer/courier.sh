#!/bin/sh
# Starts Courier for at most $1 sessions on the port $2 and, with TLS, on the port $3 with
# the certificate $4 and the key $5.
pids=
trap 'kill $pids 2>/dev/null; wait; exit' TERM INT
cd /usr || exit
makeuserdb || exit
/usr/lib/courier/courier-authlib/authdaemond &
pids=$!
until [ -S /run/courier/authdaemon/socket ]; do
	kill -0 "$pids" || exit
	sleep 0.05
done
export POP3AUTH="" POP3AUTH_TLS="" POP3_TLS=0
serve() {
	couriertcpd -address=127.0.0.1 -maxprocs="$most" -maxperip="$most" -nodnslookup "$@" \
		/usr/lib/courier/courier/courierpop3login /usr/lib/courier/courier/courierpop3d Maildir &
	pids="$pids $!"
}
most=$1
serve "$2"
if [ $# -gt 2 ]; then
	export TLS_CERTFILE="$4" TLS_PRIVATE_KEYFILE="$5" TLS_VERIFYPEER=NONE
	serve "$3" /usr/bin/couriertls -server -tcpd
fi
wait
