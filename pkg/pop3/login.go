package pop3

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// enter opens the maildrop of an account that may log in (RFC 1939 §4) and
// begins the TRANSACTION state.
func (a *authorization) enter(ctx context.Context, sent credentials, account *Account, err error) (reply, error) {
	if err != nil {
		return a.refuse(sent, slog.LevelError, err)
	}
	if account.Master != "" {
		sent.identity = account.Master
	}
	client := a.client(sent.password)
	if !account.Unproven {
		a.stopLimit() // The client has done its part.
	}
	mailbox, err := a.openMaildrop(ctx, account, client)
	if err != nil {
		a.extendLogin(0)
		return a.refuse(sent, slog.LevelWarn, err)
	}
	a.stopLimit()
	a.s.Login = account.Name
	a.s.tx.begin(account, mailbox)
	a.s.Transaction.Method = sent.method
	a.s.conn.expireAt(a.s.ends())
	a.s.count(&a.s.server.stats.mailboxes, 1)
	a.s.count(&a.s.server.stats.logins, 1)
	a.s.tally(FigureLogins, sent.method, 1)
	if a.s.backend.LoggedIn != nil {
		a.s.backend.LoggedIn(account, client)
	}
	a.logLogin(ctx, sent)
	return ok("%s has %d messages (%d octets)", a.replyName(), a.s.tx.Left.Messages, a.s.tx.Left.Octets)
}

// logLogin writes the record of a login, with the times of its parts.
func (a *authorization) logLogin(ctx context.Context, sent credentials) {
	attrs := sent.attrs(slog.Int("messages", a.s.tx.Left.Messages), slog.Int64("octets", a.s.tx.Left.Octets))
	attrs = append(attrs, timesIn(ctx).attrs()...)
	if server := a.s.tx.server(); server != "" {
		attrs = append(attrs, slog.String("server", server))
	}
	a.s.log(slog.LevelInfo, EventLogin, attrs...)
}

// openMaildrop opens the maildrop of an account if the user may have it now.
// Other clients must not learn the restrictions of an account, so they are
// checked after the password.
func (a *authorization) openMaildrop(ctx context.Context, account *Account, client *Client) (Mailbox, error) {
	if account.Unproven {
		return a.openUnproven(ctx, account, client)
	}
	giveBack, err := a.authorize(ctx, account, client)
	if err != nil {
		return nil, err
	}
	client.Locked = func() { a.locked(account.Maildrop) }
	mailbox, err := a.open(ctx, account, client)
	if err = a.opened(err); err != nil {
		giveBack()
		return nil, fmt.Errorf("open mailbox: %w", err)
	}
	return mailbox, nil
}

// open opens the maildrop and measures how long that takes, unless the session only
// tests the server.
func (a *authorization) open(ctx context.Context, account *Account, client *Client) (Mailbox, error) {
	if !a.s.backend.Quiet {
		defer Took(ctx, SpanOpen, time.Now())
	}
	return a.s.backend.Open(ctx, account, client)
}

// openUnproven does the same where only the opener can check the password.
func (a *authorization) openUnproven(ctx context.Context, account *Account, client *Client) (Mailbox, error) {
	mailbox, err := a.open(ctx, account, client)
	a.s.limiter.End(account.Name, err)
	if err != nil {
		return nil, fmt.Errorf("open mailbox: %w", err)
	}
	if _, err := a.authorize(ctx, account, client); err != nil {
		return nil, errors.Join(err, mailbox.Close())
	}
	return mailbox, nil
}

// authorize returns why a user with the right password may not log in, or else a
// function to call if the login fails later.
func (a *authorization) authorize(ctx context.Context, account *Account, client *Client) (giveBack func(), err error) {
	if err := account.Admits(client); err != nil {
		return nil, err
	}
	name := account.Name
	if account.Unproven {
		name = strings.ToLower(name) // It may not be from a row, and the other server may ignore case.
	}
	if refusal := a.takePlace(ctx, name, account); refusal != nil {
		return nil, refusal
	}
	forget, err := a.takeLogin(name, account)
	if err != nil {
		a.s.limiter.LogOut()
		return nil, err
	}
	return func() {
		forget()
		a.s.limiter.LogOut() // The client may keep the connection, which must not use up a place of the user.
	}, nil
}

// refuse logs why a login failed, at level unless name or password is
// wrong, and returns what the client may read.
func (a *authorization) refuse(sent credentials, level slog.Level, err error) (reply, error) {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return reply{}, refusal // The loop replies with it.
	}
	if errors.Is(err, errDelayCut) {
		return reply{}, err // The record of the session's end has the reason.
	}
	answer, figure := visible(err), FigureLoginErrors
	if answer.Code == CodeAuth {
		level, figure = slog.LevelInfo, FigureLoginsFailed
		a.extendLogin(a.s.backend.ErrorInterval) // The answer is delayed.
	}
	a.s.tally(figure, sent.method, 1)
	a.s.log(level, EventLoginFailed, sent.attrs(slog.Any("error", err))...)
	return reply{}, answer
}

// extendLogin gives the client more time to log in, which it spends waiting.
func (a *authorization) extendLogin(delay time.Duration) {
	if !a.LoginBy.IsZero() {
		a.LoginBy = a.LoginBy.Add(delay)
		a.s.conn.expireAt(a.s.ends())
	}
	if a.limit != nil {
		a.limit.Reset(time.Until(a.LoginBy))
	}
}

// startLimit starts the time in which the client has to log in, if it is limited.
// cancel cancels the command then.
func (a *authorization) startLimit(cancel context.CancelCauseFunc) {
	if a.s.mustLogIn() {
		a.limit = time.AfterFunc(time.Until(a.LoginBy), func() { cancel(ErrLoginTime) })
	}
}

// stopLimit ends the time in which the client has to log in.
func (a *authorization) stopLimit() {
	if a.limit != nil {
		a.limit.Stop()
	}
}

// client returns the description of the client for an Opener.
func (a *authorization) client(password string) *Client {
	return &Client{
		Session: a.s.ID, Remote: a.s.Peer, Local: a.s.Local, Password: password, Hops: a.s.Hops,
		TLS: a.s.tls.active(a.s.State), TLSVersion: a.s.tls.version(a.s.State), Certificate: a.s.tls.clientCertificate(),
	}
}

// replyName returns the login name for the reply. RFC 2449 §8 reserves texts
// that begin with '[', and §4 bounds a reply's first line.
func (a *authorization) replyName() string {
	printable := strings.IndexFunc(a.s.Login, func(r rune) bool { return r < ' ' || r == 0x7F }) < 0
	if len(a.s.Login) > 255 || strings.HasPrefix(a.s.Login, "[") || !printable {
		return "maildrop"
	}
	return a.s.Login
}
