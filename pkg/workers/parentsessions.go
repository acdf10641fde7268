package workers

import (
	"iter"

	"tpops/pkg/pop3"
)

// Sessions implements Model.
func (m *parent) Sessions() iter.Seq[pop3.SessionInfo] {
	return func(func(pop3.SessionInfo) bool) {}
}
