#!/bin/sh
# Builds fuzz targets as OSS-Fuzz does, and runs each for some seconds with its seeds:
#
#	run.sh DIRECTORY SECONDS [NAME...]
#
# A NAME is that of a program, such as pop3_FuzzReadLine; without one all are run. With
# SANITIZER=address they have ASan, with the options of OSS-Fuzz's images. It needs clang and
# libFuzzer (make oss-fuzz-deps).
set -eu
out=${1:?usage: run.sh DIRECTORY SECONDS [NAME...]}
seconds=${2:?usage: run.sh DIRECTORY SECONDS [NAME...]}
shift 2
cd "$(dirname "$0")/../.."
rm -rf "$out"
mkdir -p "$out"
out=$(realpath "$out")
[ -n "${CXX-}" ] || CXX=$(command -v clang++ || command -v clang++-14) || {
	echo "run.sh: there is no clang++: set CXX" >&2
	exit 69
}
[ "${SANITIZER-}" != address ] || CXXFLAGS=${CXXFLAGS--O1 -fno-omit-frame-pointer -gline-tables-only -fsanitize=address -fsanitize-address-use-after-scope}
export CXX CXXFLAGS="${CXXFLAGS-}"
go run -buildvcs=false ./test/ossfuzz "$out" "$@" >"$out/programs"
[ -s "$out/programs" ]
while read -r program; do
	mkdir "$out/$program.corpus"
	python3 -m zipfile -e "$out/${program}_seed_corpus.zip" "$out/$program.corpus"
	# The program and a crash are reported; an input that fails is kept beside the programs.
	log=$(cd "$out" && "./$program" -max_total_time="$seconds" -artifact_prefix="$out/$program.failed-" "$program.corpus" 2>&1) || {
		printf '%s\n' "$log"
		echo "run.sh: $program failed" >&2
		exit 1
	}
	printf '%-40s %s\n' "$program" "$(printf '%s\n' "$log" | grep -E '^#[0-9]+.*DONE|^Done' | tr '\n' ' ' | tr -s ' \t' ' ')"
done <"$out/programs"
