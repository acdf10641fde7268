package sd

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

func TestMemoryLimit(t *testing.T) {
	const service = "0::/system.slice/tpops.service\n"
	tests := []struct {
		name, membership string
		files            map[string]string // below the root
		want             int64             // 0: none
	}{
		{"own", service, map[string]string{"system.slice/tpops.service/memory.max": "104857600\n"}, 104857600},
		{"none", service, map[string]string{"system.slice/tpops.service/memory.max": "max\n"}, 0},
		{"high is less", service, map[string]string{
			"system.slice/tpops.service/memory.max":  "104857600\n",
			"system.slice/tpops.service/memory.high": "94371840\n"}, 94371840},
		{"slice above", service, map[string]string{
			"system.slice/tpops.service/memory.max": "104857600\n",
			"system.slice/memory.max":               "52428800\n"}, 52428800},
		{"slice above is more", service, map[string]string{
			"system.slice/tpops.service/memory.max": "104857600\n",
			"system.slice/memory.max":               "1152428800\n"}, 104857600},
		{"container", "0::/\n", map[string]string{"memory.max": "1000\n"}, 1000},
		{"among groups of version 1", "4:memory:/x\n" + service + "1:cpu:/y\n",
			map[string]string{"system.slice/memory.high": "7\n", "x/memory.max": "1\n"}, 7},
		{"group has gone", "0::/a/b (deleted)\n", map[string]string{"a/memory.max": "9\n"}, 9},
		{"only version 1", "4:memory:/x\n", map[string]string{"memory.max": "1000\n"}, 0},
		{"outside of what is mounted", "0::/../../other\n", map[string]string{"memory.max": "1000\n", "other/memory.max": "1\n"}, 0},
		{"relative", "0::a\n", map[string]string{"a/memory.max": "1\n"}, 0},
		{"nonsense", service, map[string]string{"memory.max": "-5", "memory.high": "99999999999999999999",
			"system.slice/memory.max": "", "system.slice/memory.high": "1k"}, 0},
		{"nothing at all", "", nil, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			for name, text := range tt.files {
				write(t, filepath.Join(root, "cgroup", name), text)
			}
			membership := filepath.Join(root, "self")
			write(t, membership, tt.membership)
			got, ok := memoryLimit(membership, filepath.Join(root, "cgroup"))
			if got != tt.want || ok != (tt.want != 0) {
				t.Errorf("%d, %v; want %d", got, ok, tt.want)
			}
		})
	}
}

// FuzzUnifiedGroup holds that no group leads out of the control groups.
func FuzzUnifiedGroup(f *testing.F) {
	f.Add("0::/system.slice/tpops.service\n")
	f.Add("4:memory:/x\n0::/\n")
	f.Add("0::/../../etc\n")
	f.Add("0::/a/../../../etc")
	f.Add("0::")
	f.Fuzz(func(t *testing.T, text string) {
		group, ok := unifiedGroup(text)
		if ok && (!filepath.IsAbs(group) || group != filepath.Clean(group)) {
			t.Errorf("%q", group)
		}
		if ok && !strings.Contains(text, "0::/") {
			t.Errorf("%q from nowhere", group)
		}
	})
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestMemoryLimitWithoutProc(t *testing.T) {
	if n, ok := memoryLimit(filepath.Join(t.TempDir(), "self"), t.TempDir()); ok {
		t.Error(n)
	}
}

// TestSetMemoryLimit holds for whatever limit the machine has.
func TestSetMemoryLimit(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	limit, limited := memoryLimit("/proc/self/cgroup", "/sys/fs/cgroup")

	t.Setenv("GOMEMLIMIT", "1GiB")
	if _, ok := SetMemoryLimit(); ok || debug.SetMemoryLimit(-1) != before {
		t.Error("GOMEMLIMIT was overruled")
	}
	t.Setenv("GOMEMLIMIT", "")
	got, ok := SetMemoryLimit()
	if ok != limited || ok && (got > limit/10*9+9 || debug.SetMemoryLimit(-1) != got) {
		t.Errorf("%d, %v of %d, %v; set %d", got, ok, limit, limited, debug.SetMemoryLimit(-1))
	}
}
