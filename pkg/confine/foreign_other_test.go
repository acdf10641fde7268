//go:build !amd64

package confine_test

import "errors"

func childForeignCalls(func() error) error {
	return errors.New("no other table of calls on this processor")
}

func childX32Calls(confine func() error) error { return childForeignCalls(confine) }
