#!/bin/sh
# Copies the licences of the project, of Go and of all linked modules into the directory $1.
set -eu
target=$1
cd "$(dirname "$0")/.."

install -D -m 644 LICENSE "$target/LICENSE"
install -D -m 644 "$(go env GOROOT)/LICENSE" "$target/go/LICENSE"
modules=$(GOOS=linux CGO_ENABLED=1 go list -tags pam -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Dir}}{{end}}{{end}}' ./cmd/...)
printf '%s\n' "$modules" | sort -u | while read -r module directory; do
	for file in "$directory"/LICENSE* "$directory"/COPYING* "$directory"/NOTICE*; do
		[ ! -f "$file" ] || install -D -m 644 "$file" "$target/$module/$(basename "$file")"
	done
done
