// Command image writes an OCI image of the server, as an archive that podman load, docker
// load and skopeo read:
//
//	go run ./packaging/image -programs DIRECTORY -licenses DIRECTORY -version V -arch A -time SECONDS FILE
//	go run ./packaging/image -index FILE ARCHIVE...
//
// The second command puts the images of archives, for several architectures, into one.
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
	index := flag.String("index", "", "write an archive with the images of all archives to this `FILE`")
	flag.Parse()
	out, archive := flag.Arg(0), func() ([]byte, error) { return makeArchive(o) }
	isIncomplete := flag.NArg() != 1 || o.programs == "" || o.licenses == "" || o.version == "" || o.arch == ""
	if *index != "" {
		out, archive = *index, func() ([]byte, error) { return makeIndex(flag.Args()) }
		isIncomplete = flag.NArg() == 0
	}
	if isIncomplete {
		flag.Usage()
		os.Exit(64)
	}
	if err := write(out, archive); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

// write writes the archive. The file appears complete or not at all.
func write(file string, makeIt func() ([]byte, error)) error {
	archive, err := makeIt()
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
