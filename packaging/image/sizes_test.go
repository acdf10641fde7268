//go:build image

package main

import (
	"archive/tar"
	"fmt"
	"os"
	"strings"
	"testing"
)

// maxImage is the largest size of the archive.
const maxImage = 20 << 20

// TestImageSizes holds that README.md has the sizes of the images, in MB: of the archive, which
// a registry stores and a host downloads, and of the files.
func TestImageSizes(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, arch := range []string{"amd64", "arm64"} {
		archive, err := os.ReadFile(makeImage(t, t.TempDir(), arch))
		if err != nil {
			t.Fatal(err)
		}
		files := 0
		walk(t, open(t, archive).layer, func(_ *tar.Header, data []byte) { files += len(data) })
		t.Logf("%s: %d octets, unpacked %d", arch, len(archive), files)
		if len(archive) > maxImage {
			t.Errorf("the image for %s has %d octets", arch, len(archive))
		}
		if want := fmt.Sprintf("%d MB (unpacked %d MB) for %s", megabytes(len(archive)), megabytes(files), arch); !strings.Contains(string(readme), want) {
			t.Errorf("README.md does not have %q", want)
		}
	}
}

// megabytes rounds to the nearest.
func megabytes(octets int) int { return (octets + 500_000) / 1_000_000 }
