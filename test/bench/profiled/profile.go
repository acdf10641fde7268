//go:build tpops_profile

// Package main is added to cmd/tpops by make profile, which builds a program
// for measurements alone: with TPOPS_PROFILE=PREFIX in its environment it
// profiles itself from its start, and on SIGUSR2 it writes PREFIX.cpu,
// PREFIX.heap and PREFIX.block, and when they are complete a word into PREFIX.done.
package main

import (
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"syscall"
)

// The server's main knows nothing of profiles, so this has no other place.
func init() {
	prefix := os.Getenv("TPOPS_PROFILE")
	if prefix == "" {
		return
	}
	// Open now: the server gives up the right to do it.
	files := map[string]*os.File{}
	for _, kind := range []string{"cpu", "heap", "block", "done"} {
		file, err := os.Create(prefix + "." + kind)
		if err != nil {
			panic(err)
		}
		files[kind] = file
	}
	runtime.SetBlockProfileRate(10_000) // one sample for each 10 µs
	if err := pprof.StartCPUProfile(files["cpu"]); err != nil {
		panic(err)
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR2)
	go func() {
		<-asked
		pprof.StopCPUProfile()
		for _, kind := range []string{"heap", "block"} {
			if err := pprof.Lookup(kind).WriteTo(files[kind], 0); err != nil {
				panic(err)
			}
		}
		if _, err := files["done"].WriteString("done\n"); err != nil {
			panic(err)
		}
	}()
}
