package logincheck

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"tpops/pkg/backend"
	"tpops/pkg/config"
	"tpops/pkg/pop3"
)

// Opener returns the opener for checks with a backend: that of sessions, but without a
// wait for a lock.
func Opener(c *config.Config, b *pop3.Backend, log *slog.Logger, kept backend.Kept) pop3.Opener {
	if c.Mailbox.Type == "proxy" {
		return b.Open
	}
	return backend.TryMaildir(c, log, kept)
}

// shortText is the length of the texts of an answer that would be too long otherwise.
const shortText = 60

// AnswerTime bounds an answer. What waits for it, such as the control socket, waits longer,
// so that the report of a database that hangs still arrives.
const AnswerTime = 40 * time.Second

// Answer answers an encoded Question with an encoded Report of at most so many octets.
func (c *Checker) Answer(ctx context.Context, question []byte, octets int) []byte {
	var q Question
	if err := json.Unmarshal(question, &q); err != nil {
		return encode(&Report{Steps: []Step{}, Result: resultRefused, Sentence: "The daemon got an invalid question."})
	}
	ctx, cancel := context.WithTimeout(ctx, AnswerTime)
	defer cancel()
	report := c.Run(ctx, &q)
	if answer := encode(report); len(answer) <= octets {
		return answer
	}
	report.Steps = report.Steps[:min(len(report.Steps), maxSteps)]
	for i := range report.Steps {
		report.Steps[i].Text = bounded(report.Steps[i].Text, shortText)
	}
	report.Path = ""
	return encode(report)
}

// maxSteps is how many steps a long answer keeps. Even if JSON escapes each octet of their
// texts, it fits in a report of a child.
const maxSteps = 20

// encode returns a report as JSON. All reports can be encoded.
func encode(r *Report) []byte {
	encoded, err := json.Marshal(r)
	if err != nil {
		return nil
	}
	return encoded
}
