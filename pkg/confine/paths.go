package confine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// errUseless is for a path that is an error of whoever made the policy, not
// something that may be missing on a machine.
var errUseless = errors.New("would confine nothing")

// directories returns the directories that path stands for: itself, or the one
// in which it lies and the one in which its target lies, which for a key that
// is renewed can be two.
func directories(path string) ([]string, error) {
	if !filepath.IsAbs(path) {
		return nil, fmt.Errorf("path %q is not absolute: %w", path, errUseless)
	}
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(target)
	if err != nil {
		return nil, err
	}
	dirs := []string{target}
	if !info.IsDir() {
		dirs = []string{filepath.Dir(path), filepath.Dir(target)}
	}
	for _, dir := range dirs {
		if real, err := filepath.EvalSymlinks(dir); err != nil {
			return nil, err
		} else if real == "/" {
			return nil, fmt.Errorf("%q stands for all files: %w", path, errUseless)
		}
	}
	return dirs, nil
}
