package operator

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tpops/pkg/backend/logincheck"
	"tpops/pkg/control"
	"tpops/pkg/pop3"
)

const (
	// checkTime bounds a check with the start of its process. It is less than the time of an
	// answer of the control socket, so that the answer arrives.
	checkTime = logincheck.AnswerTime + 10*time.Second
	// maxChecks is how many checks run at once.
	maxChecks = 2
	// MaxReport bounds the encoded report of a check, in octets.
	MaxReport = 256 << 10
)

// The compiler rejects a check that may last so long that its answer does not arrive.
const _ = uint(control.AnswerTime - checkTime - 5*time.Second)

// check answers with a row for each step of a login, or of the check of the service, and
// ends with the logincheck.Report without them. Its arguments are a logincheck.Question.
func (e *Environment) check(ctx context.Context, r *control.Request, a *control.Reply) (any, error) {
	var q logincheck.Question
	if err := r.Arguments(&q); err != nil {
		return nil, err
	}
	select {
	case e.checks <- struct{}{}:
		defer func() { <-e.checks }()
	default:
		return nil, &control.Error{Code: control.CodeBusy, Message: "other checks are running: try again"}
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	report, err := e.ask(ctx, &q)
	if err != nil {
		return nil, err
	}
	for _, step := range report.Steps {
		if err := a.Row(step); err != nil {
			return nil, err
		}
	}
	report.Steps = nil
	return report, nil
}

// ask has a process that serves sessions answer.
func (e *Environment) ask(ctx context.Context, q *logincheck.Question) (*logincheck.Report, error) {
	question, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	answer, err := e.Ask(ctx, question)
	if err != nil {
		return nil, err
	}
	var report logincheck.Report
	if err := json.Unmarshal(answer, &report); err != nil {
		return nil, fmt.Errorf("invalid answer of a process of the daemon: %w", err)
	}
	if report.Code == string(pop3.CodeInUse) && report.Path != "" {
		report.Steps = append(report.Steps, e.holder(report.Path))
	}
	return &report, nil
}

// holder returns the step about the session that has the lock of a Maildir.
func (e *Environment) holder(path string) logincheck.Step {
	step := logincheck.Step{Name: "lock", Status: logincheck.StatusFailed, Text: "held by another program or another host"}
	for s := range e.Sessions() {
		if s.Has(path) && !s.LoginAt.IsZero() {
			step.Text = fmt.Sprintf("held by session %s of %s from %s since %s", s.ID, bounded(s.User), addressOf(s.Peer, s.Remote),
				s.LoginAt.Format(time.RFC3339))
		}
	}
	return step
}
