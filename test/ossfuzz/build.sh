#!/bin/sh
# OSS-Fuzz runs this in its image: it builds every fuzz target, with its seeds.
set -eu
cd "$SRC/tpops"
go run -buildvcs=false ./test/ossfuzz "$OUT"
