package usage

import (
	"bufio"
	"maps"
	"os"
	"os/exec"
	"slices"
	"testing"
)

// TestDamage changes each third octet of a file with three records, one after the other: two
// records stay, and the next login repairs the file.
func TestDamage(t *testing.T) {
	f, name := newFile(t)
	record(t, f, start, numbered(1, start), numbered(2, start), numbered(3, start))
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	all, _ := contents(t, name, start)
	for at := blockSize; at < len(good); at += 3 {
		bad := slices.Clone(good)
		bad[at] ^= 0x15
		if err := os.WriteFile(name, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		got, damaged := contents(t, name, start)
		if len(got) != 2 || damaged != 1 {
			t.Fatalf("octet %d: %d records, %d damaged", at, len(got), damaged)
		}
		for k, c := range got {
			if c != all[k] {
				t.Fatalf("octet %d: %v became %v", at, all[k], c)
			}
		}
	}
	if damaged := record(t, openFile(t, name), start, numbered(1, start), numbered(2, start), numbered(3, start)); damaged != 1 {
		t.Errorf("%d damaged parts", damaged)
	}
	if got, damaged := contents(t, name, start); len(got) != 3 || damaged != 0 {
		t.Errorf("%d records, %d damaged", len(got), damaged)
	}
}

// TestTruncated cuts a file after each octet: what is left of it is read, and the next
// login is recorded.
func TestTruncated(t *testing.T) {
	f, name := newFile(t)
	record(t, f, start, numbered(1, start), numbered(2, start), numbered(3, start))
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	all, _ := contents(t, name, start)
	for size := 0; size < len(good); size += 7 {
		if err := os.WriteFile(name, good[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		got, _ := contents(t, name, start)
		for k, c := range got {
			if c != all[k] {
				t.Fatalf("%d octets: %v became %v", size, all[k], c)
			}
		}
		again := openFile(t, name)
		record(t, again, start, numbered(9, start))
		again.f.Close()
		if after, damaged := contents(t, name, start); len(after) != len(got)+1 || damaged > 1 {
			t.Fatalf("%d octets: %d records before, %d after, %d damaged", size, len(got), len(after), damaged)
		}
	}
}

// FuzzFile has any content after the header: reading does not fail, and the next login is
// recorded.
func FuzzFile(f *testing.F) {
	c := newClient(&session{User: "ann", Class: Class{Method: "USER"}, Login: start})
	f.Add([]byte{})
	f.Add(c.encode())
	f.Add(append(c.encode(), 1, 1, 0, 0, 0, 1))
	f.Add(slices.Repeat([]byte{1, 4}, 5000))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, name := newFile(t)
		if err := file.writeHeader(); err != nil {
			t.Fatal(err)
		}
		if _, err := file.f.WriteAt(text, blockSize); err != nil {
			t.Fatal(err)
		}
		before := readAll(t, name)
		record(t, openFile(t, name), start, numbered(7, start))
		after := readAll(t, name)
		k := key{numbered(7, start).User, numbered(7, start).Class}
		if after[k].Total.Logins < 1 {
			t.Errorf("the login is not recorded: %v", after)
		}
		delete(before, k)
		delete(after, k)
		if !maps.Equal(before, after) {
			t.Errorf("before %v, after %v", before, after)
		}
	})
}

// readAll is contents for a file that may have two records for a key.
func readAll(t *testing.T, name string) map[key]Client {
	r, err := OpenReader(name, start)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all := map[key]Client{}
	for c := range r.Clients() {
		if c.Last.After(start.Add(-keepTime)) {
			all[c.key()] = c
		}
	}
	return all
}

// writerVariable has the name of the file in a process that TestKilled starts.
const writerVariable = "TPOPS_TEST_USAGE_WRITER"

// TestKilled kills a process that writes all the time with SIGKILL: no record is damaged,
// and none is lost that was there before.
func TestKilled(t *testing.T) {
	if name := os.Getenv(writerVariable); name != "" {
		writeForever(t, name)
	}
	_, name := newFile(t)
	known := 0
	for range 12 {
		runAndKill(t, name)
		all, damaged := contents(t, name, start)
		if damaged != 0 || len(all) < known || len(all) == 0 {
			t.Fatalf("%d records, %d before, %d damaged", len(all), known, damaged)
		}
		known = len(all)
	}
}

// runAndKill starts the process, and kills it after some of its writes.
func runAndKill(t *testing.T, name string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	cmd.Env = append(os.Environ(), writerVariable+"="+name)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for range 3 + os.Getpid()%5 {
		lines.Scan()
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // It was killed.
}

// writeForever records logins of more and more users, and reports each update.
func writeForever(t *testing.T, name string) {
	f := openFile(t, name)
	for n := range 100_000 {
		var some []session
		for i := range 60 {
			some = append(some, numbered((n*37+i)%3000, start))
		}
		record(t, f, start, some...)
		os.Stdout.WriteString("written\n")
	}
	os.Exit(1)
}
