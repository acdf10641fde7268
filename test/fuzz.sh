#!/bin/sh
# Runs every fuzz target of the module for the time given, one after the
# other: go test fuzzes only one at a time.
set -eu
time=${1:?usage: fuzz.sh TIME, for example 5s or 10m}
cd "$(dirname "$0")/.."

targets=$(mktemp)
trap 'rm -f "$targets"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# go test -list prints the names of a package's targets and then a line
# 'ok <package> <time>'.
go test -list '^Fuzz' ./cmd/... ./pkg/... >"$targets"
awk '
	/^Fuzz/ { names[++n] = $1; next }
	$1 == "ok" { for (i = 1; i <= n; i++) print $2, names[i] }
	{ n = 0 }
' "$targets" >"$targets.list"
mv "$targets.list" "$targets"
[ -s "$targets" ] || {
	echo "fuzz.sh: no fuzz target found" >&2
	exit 1
}

while read -r package target; do
	printf 'fuzz  %-24s %s\n' "$package" "$target"
	# Minimising what was found takes a minute by default, and looks as if it hung.
	log=$(go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 10x "$package" 2>&1 </dev/null) || {
		# Time that ends in the middle of an input is told as this failure, and
		# as nothing else; what was found always names the input it wrote.
		case $log in
		*'Failing input written'* | *panic:* | *'DATA RACE'*) ;;
		*'context deadline exceeded'*) continue ;;
		esac
		printf '%s\n' "$log"
		exit 1
	}
done <"$targets"
