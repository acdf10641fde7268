#!/bin/sh
# Runs every fuzz target of the module for the time given, one after the
# other: a test binary fuzzes only one at a time. Each package is built once.
set -eu
time=${1:?usage: fuzz.sh TIME, for example 5s or 10m}
cd "$(dirname "$0")/.."
top=$(pwd)
module=$(go list -m)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Lines of folder and target. To ask go test -list would link the tests of all packages.
grep -rE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*\(' cmd man packaging pkg test >"$work/list"
sed 's|^\(.*\)/[^/]*:func \(Fuzz[A-Za-z0-9_]*\)(.*|\1 \2|' "$work/list" | sort >"$work/targets"
[ -s "$work/targets" ] || {
	echo "fuzz.sh: no fuzz target found" >&2
	exit 1
}

# Inputs that reached new code are kept where go test -fuzz keeps them.
cache=$(go env GOCACHE)/fuzz

built=
while read -r folder target; do
	package=$module/$folder
	printf 'fuzz  %-24s %s\n' "$package" "$target"
	if [ "$package" != "$built" ]; then
		# -fuzz has the compiler count which code an input reaches.
		go test -c -vet=off -fuzz "$target" -o "$work/test" "$package"
		built=$package
	fi
	# Minimising what was found takes a minute by default, and looks as if it hung.
	log=$(cd "$top/$folder" && "$work/test" -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "$time" \
		-test.fuzzminimizetime 10x -test.fuzzcachedir "$cache/$package" 2>&1 </dev/null) || {
		# Time that ends in the middle of an input is reported as this failure;
		# a real one always names the input that it wrote.
		case $log in
		*'Failing input written'* | *panic:* | *'DATA RACE'*) ;;
		*'context deadline exceeded'*) continue ;;
		esac
		printf '%s\n' "$log"
		exit 1
	}
done <"$work/targets"
