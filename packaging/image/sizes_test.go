//go:build image

package main

import (
	"archive/tar"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// sizes are the bounds in README.md, in MB: of the archive, which a registry stores and a host
// downloads, and of the files.
var sizes = regexp.MustCompile(`less than (\d+) MB, and less than (\d+) MB unpacked`)

// TestImageSizes holds that the image for each processor is smaller than README.md promises.
func TestImageSizes(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := sizes.FindSubmatch(readme)
	if found == nil {
		t.Fatalf("README.md does not have %q", sizes)
	}
	for _, arch := range []string{"amd64", "arm64"} {
		archive, err := os.ReadFile(makeImage(t, t.TempDir(), arch))
		if err != nil {
			t.Fatal(err)
		}
		files := 0
		walk(t, open(t, archive).layer, func(_ *tar.Header, data []byte) { files += len(data) })
		t.Logf("%s: %d octets, unpacked %d", arch, len(archive), files)
		for i, octets := range []int{len(archive), files} {
			if most := megabytes(t, found[i+1]); octets >= most {
				t.Errorf("%s: %d octets, and README.md has less than %d", arch, octets, most)
			}
		}
	}
}

// megabytes returns a number of MB in octets.
func megabytes(t *testing.T, number []byte) int {
	t.Helper()
	n, err := strconv.Atoi(string(number))
	if err != nil {
		t.Fatal(err)
	}
	return n * 1_000_000
}
