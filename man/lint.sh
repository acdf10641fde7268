#!/bin/sh
# Checks the manual pages with mandoc and, where man-db is installed, with
# groff. Prints what is wrong and fails, or prints nothing.
#
# Two messages of mandoc -T lint say nothing about the pages:
# - "referenced manual not found", of pages that are not ours: whether they are
#   there is up to this machine. Ours are found, since mandoc is run in their
#   folder.
# - "input text line longer than 80 bytes" in Japanese: a character is counted
#   as the 8 bytes of \[uXXXX], which mandoc makes of it first.
# What it writes to standard error is about the machine's index of manuals.
set -u

cd "$(dirname "$0")" || exit 1
export LC_ALL=C.UTF-8
command -v mandoc >/dev/null || {
	echo 'man/lint.sh: mandoc is not installed' >&2
	exit 1
}

lint() {
	(cd "$1" && mandoc -T lint -- *.[578] 2>/dev/null) |
		grep -v 'referenced manual not found: Xr \([^t]\|t[^p]\)' |
		case $1 in
		ja) grep -v 'STYLE: input text line longer than 80 bytes' ;;
		*) cat ;;
		esac
}

# The warnings that groff gives, as lintian asks for them.
format() {
	command -v man >/dev/null || return
	for page in "$1"/*.[578]; do
		man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null | sed "s,^,$page: ,"
	done
}

complaints=$(for folder in . ja; do
	lint "$folder"
	format "$folder"
done)
[ -z "$complaints" ] || {
	printf '%s\n' "$complaints"
	exit 1
}
