package pop3

import (
	"cmp"
	"errors"
	"fmt"
	"io"
)

// Code is a response code that stands in brackets in front of an error text
// (RFC 2449 §8).
type Code string

// The response codes that this package sends.
const (
	CodeNone    Code = ""
	CodeAuth    Code = "AUTH"        // name and password do not fit (RFC 3206 §5)
	CodeInUse   Code = "IN-USE"      // the maildrop is locked (RFC 2449 §8.1.2)
	CodeDelay   Code = "LOGIN-DELAY" // too soon after the login before (RFC 2449 §8.1.1)
	CodeSysTemp Code = "SYS/TEMP"    // likely to be temporary (RFC 3206 §4)
	CodeSysPerm Code = "SYS/PERM"    // needs an administrator (RFC 3206 §4)
)

// Error is the one kind of error whose text may reach a client. Wrap one to
// log more than the client may read.
type Error struct {
	Code Code
	Text string // printable ASCII, without a leading '['
}

// Error returns the text that follows -ERR on the wire.
func (e *Error) Error() string {
	if e.Code == CodeNone {
		return e.Text
	}
	return "[" + string(e.Code) + "] " + e.Text
}

// statusError begins the status line of every error reply (RFC 1939 §3).
const statusError = "-ERR"

// Reject writes e as the only reply on a connection that gets no session. The
// error is that of the write.
func Reject(w io.Writer, e *Error) error {
	out := writer{to: w}
	out.line(statusError, e.Error())
	out.flush()
	return out.err
}

// in returns e in a language. The response code stays as it is (RFC 6856 §3.1).
func (e *Error) in(tag string) string {
	translated := *e
	translated.Text = translate(tag, e.Text)
	return translated.Error()
}

// ErrorIn returns the *Error that err is or wraps, nil if there is none: the part
// of err that a client may read.
func ErrorIn(err error) *Error {
	var known *Error
	errors.As(err, &known)
	return known
}

// The errors that clients may read. Where the text is that of TPOPS 0.8,
// scripts may know it.
var (
	ErrCommand    = &Error{CodeNone, "invalid command"}
	ErrMany       = &Error{CodeNone, "too many arguments"}
	ErrFewMany    = &Error{CodeNone, "too few/many arguments"}
	ErrNoMessage  = &Error{CodeNone, "no such message"}
	ErrNoAPOP     = &Error{CodeNone, "APOP not supported"}
	ErrXCLIENT    = &Error{CodeNone, "invalid parameters"}
	ErrNoUniqueID = &Error{CodeNone, "UIDL not supported"}
	ErrMechanism  = &Error{CodeNone, "authentication mechanism not supported"}
	ErrSASL       = &Error{CodeNone, "invalid authentication data"}
	ErrCancelled  = &Error{CodeNone, "authentication cancelled"}
	ErrLanguage   = &Error{CodeNone, "language not supported"}
	ErrNoTLS      = &Error{CodeNone, "STLS not supported"}
	ErrTLSActive  = &Error{CodeNone, "command not permitted when TLS is active"}
	ErrClear      = &Error{CodeNone, "TLS is required to log in"}
	ErrTooLong    = &Error{CodeNone, "command line too long"}
	ErrExpired    = &Error{CodeNone, "connection time exceeded"}
	ErrLoginTime  = &Error{CodeNone, "login time exceeded"}
	ErrNotAll     = &Error{CodeSysTemp, "some deleted messages not removed"}
	ErrUnread     = &Error{CodeSysPerm, "message not deleted, since it could not be retrieved"}
	ErrEncoded    = &Error{CodeSysPerm, "message cannot be decoded, ask the administrator"}
	ErrAuth       = &Error{CodeAuth, "authentication failed"}
	ErrTooSoon    = &Error{CodeDelay, "you have logged in too short a time ago"}
	ErrLocked     = &Error{CodeInUse, "cannot lock"}
	ErrTemporary  = &Error{CodeSysTemp, "service unavailable, try again later"}
	ErrPermanent  = &Error{CodeSysPerm, "service unavailable, ask the administrator"}
	ErrNoPOP3     = &Error{CodeSysPerm, "this account may not use POP3"}
	ErrTLSOnly    = &Error{CodeSysPerm, "this account needs an encrypted connection"}
	ErrNetwork    = &Error{CodeSysPerm, "this account may not be used from your address"}
)

// ErrMailboxLost is wrapped by the error of a Mailbox that is of no more use.
// The session ends after the error reply.
var ErrMailboxLost = errors.New("the mailbox is lost")

// The errors of a Guard. With these words fetchmail tries again
// later. It takes other words for a mailbox in use.
var (
	ErrGuesses     = &Error{CodeSysTemp, "service unavailable: too many failed logins, try again later"}
	ErrPerAddress  = &Error{CodeSysTemp, "service unavailable: too many connections from your address"}
	ErrBeforeLogin = &Error{CodeSysTemp, "service unavailable: too many connections, try again later"}
	ErrPerUser     = &Error{CodeInUse, "too many sessions of this user"} // RFC 2449 §8.1.2: the password was right
)

// UpdateError lists the messages marked as deleted that could not be removed.
type UpdateError struct {
	Kept        []int  // message numbers, in order
	Unconfirmed bool   // it is not known whether the others were removed
	Err         error  // why the first of Kept was not removed, or why the others are not confirmed
	Answer      *Error // what the client reads; nil: ErrNotAll
}

// Error returns how many messages were kept, and why.
func (e *UpdateError) Error() string {
	others := ""
	if e.Unconfirmed {
		others = ", others not confirmed"
	}
	return fmt.Sprintf("remove messages: %d not removed%s: %v", len(e.Kept), others, e.Err)
}

// Unwrap returns what the client reads, and the reason.
func (e *UpdateError) Unwrap() []error { return []error{cmp.Or(e.Answer, ErrNotAll), e.Err} }

// japaneseErrors translates the texts of errors.
var japaneseErrors = map[string]string{
	ErrCommand.Text:   "コマンドが正しくありません",
	ErrMany.Text:      "引数が多すぎます",
	ErrFewMany.Text:   "引数の数が正しくありません",
	ErrNoMessage.Text: "そのメッセージはありません",
	ErrNoAPOP.Text:    "APOP は使えません",
	ErrMechanism.Text: "その認証方式は使えません",
	ErrSASL.Text:      "認証のデータが正しくありません",
	ErrCancelled.Text: "認証を取り消しました",
	ErrLanguage.Text:  "その言語は使えません",
	ErrNoTLS.Text:     "STLS は使えません",
	ErrTLSActive.Text: "TLS の中ではこのコマンドは使えません",
	ErrClear.Text:     "ログインには TLS が必要です",
	ErrTooLong.Text:   "コマンド行が長すぎます",
	ErrExpired.Text:   "接続時間の上限を超えました",
	ErrNotAll.Text:    "削除できなかったメッセージがあります",
	ErrAuth.Text:      "認証に失敗しました",
	ErrTooSoon.Text:   "前回のログインから時間がたっていません",
	ErrLocked.Text:    "メールボックスは使用中です",
	errHeld.Text:      "メールボックスは使用中です: 接続元 %s、%d 分経過",
	ErrTemporary.Text: "一時的に利用できません。後でもう一度お試しください",
	ErrPermanent.Text: "利用できません。管理者にお問い合わせください",

	ErrUnread.Text:      "取得できなかったメッセージなので削除しません",
	ErrEncoded.Text:     "メッセージをデコードできません。管理者にお問い合わせください",
	ErrXCLIENT.Text:     "パラメータが正しくありません",
	ErrNoUniqueID.Text:  "UIDL は使えません",
	ErrLoginTime.Text:   "ログインまでの時間の上限を超えました",
	ErrNoPOP3.Text:      "このアカウントでは POP3 を使えません",
	ErrTLSOnly.Text:     "このアカウントには暗号化された接続が必要です",
	ErrNetwork.Text:     "このアカウントはお使いのアドレスからは使えません",
	ErrGuesses.Text:     "ログインの失敗が多すぎます。後でもう一度お試しください",
	ErrPerAddress.Text:  "お使いのアドレスからの接続が多すぎます",
	ErrBeforeLogin.Text: "接続が多すぎます。後でもう一度お試しください",
	ErrPerUser.Text:     "このユーザーのセッションが多すぎます",
}
