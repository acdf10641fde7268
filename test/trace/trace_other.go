//go:build !amd64

package trace

import "errors"

// Supported reports that system calls of another process cannot be made here:
// registers are known as amd64 has them.
const Supported = false

// Threads returns errors.ErrUnsupported.
func Threads(int) ([]int, error) { return nil, errors.ErrUnsupported }

// Call returns errors.ErrUnsupported.
func Call(int, [4]uint64) (int64, error) { return 0, errors.ErrUnsupported }

// CallPath returns errors.ErrUnsupported.
func CallPath(int, string, int, [4]uint64) (int64, error) { return 0, errors.ErrUnsupported }
