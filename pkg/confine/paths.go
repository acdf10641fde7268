package confine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// errUseless is the error of a path that makes the policy invalid. A path that does not
// exist is not such an error.
var errUseless = errors.New("invalid policy")

// directories returns the directories that a path means: itself, or the directory that
// contains it and the one that contains its target. These differ for a key that is
// renewed by changing a link.
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
			return nil, fmt.Errorf("path %q means all files: %w", path, errUseless)
		}
	}
	return dirs, nil
}
