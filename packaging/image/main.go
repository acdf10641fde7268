// Command image writes an OCI image of the server, as an archive that podman load, docker
// load and skopeo read:
//
//	go run ./packaging/image -programs DIRECTORY -licenses DIRECTORY -version V -arch A -time SECONDS FILE
//
// The same programs, version and time give the same octets. It needs no daemon and no
// rights.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// options are the options of the program.
type options struct {
	programs, licenses, version, arch string
	seconds                           int64
}

// created returns the time of all files.
func (o *options) created() time.Time { return time.Unix(o.seconds, 0).UTC() }

func main() {
	o := &options{}
	flag.StringVar(&o.programs, "programs", "", "directory with tpops, tpops_passwd and tpopsctl")
	flag.StringVar(&o.licenses, "licenses", "", "directory with the licences")
	flag.StringVar(&o.version, "version", "", "version of the image")
	flag.StringVar(&o.arch, "arch", "", "architecture of the programs, as Go names it")
	flag.Int64Var(&o.seconds, "time", 0, "time of all files, in seconds since 1970")
	flag.Parse()
	if flag.NArg() != 1 || o.programs == "" || o.licenses == "" || o.version == "" || o.arch == "" {
		flag.Usage()
		os.Exit(64)
	}
	if err := write(o, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

// write writes the archive. The file appears complete or not at all.
func write(o *options, file string) error {
	archive, err := makeArchive(o)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	part := file + ".part"
	if err := os.WriteFile(part, archive, 0o644); err != nil {
		return err
	}
	return os.Rename(part, file)
}

// makeArchive returns the archive.
func makeArchive(o *options) ([]byte, error) {
	layer, err := makeLayer(o)
	if err != nil {
		return nil, err
	}
	files, err := describe(o, layer)
	if err != nil {
		return nil, err
	}
	return makeTar(files, o.created())
}
