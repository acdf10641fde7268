package workers

import (
	"context"
	"errors"
	"fmt"

	"tpops/pkg/workers/process"
)

var (
	errEnding   = errors.New("the daemon is ending")
	errNoAnswer = errors.New("the process for the check has ended without an answer")
	errOverdue  = errors.New("the process for the check has taken too long and was ended")
)

// Ask implements Model.
func (t *thread) Ask(ctx context.Context, question []byte) ([]byte, error) {
	return t.Answer(ctx, question), nil
}

// Ask implements Model. A child with the rights of those that serve answers: this process
// has other rights, and must not wait for a database.
func (m *parent) Ask(ctx context.Context, question []byte) (answer []byte, err error) {
	pool := process.NewPool()
	var child *process.Child
	err = errEnding
	m.do(func() {
		child, err = m.startChild(pool, m.Config, childFiles{users: m.users.file, question: question}, roleCheck, nil)
	})
	if err != nil {
		return nil, fmt.Errorf("start a process for the check: %w", err)
	}
	defer context.AfterFunc(ctx, child.Kill)()
	err = errNoAnswer
	for e := range pool.Events() {
		switch {
		case e.Exit != nil && answer == nil && ctx.Err() != nil:
			return nil, errOverdue
		case e.Exit != nil:
			return answer, err
		case e.Report == process.Answered:
			answer, err = []byte(e.Text), nil
		case e.Report == process.Failed:
			err = fmt.Errorf("a process that serves cannot start: %s", e.Text)
		}
	}
	return nil, err
}
