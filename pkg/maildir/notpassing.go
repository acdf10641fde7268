package maildir

import (
	"errors"
	"fmt"
	"io/fs"

	"tpops/pkg/pop3"
)

// notPassing returns an error that wraps pop3.ErrPermanent if it is about the file. Others
// pass, such as want of memory or of descriptors.
func notPassing(err error) error {
	if err == errNoFile || errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w: %w", pop3.ErrPermanent, err)
	}
	return err
}
