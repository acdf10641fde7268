package metrics

import (
	"slices"

	"tpops/pkg/pop3"
)

// family is a row of the table: a figure or a span, with all its labels.
type family struct {
	name  string // after tpops_
	label string // its name, "" without one
	words []string
	help  text
}

// text is a text in both languages, one sentence without a full stop.
type text struct{ english, japanese string }

// other is the word of a label that is not in the table.
const other = "other"

var (
	methods = []string{"USER", "APOP", "PLAIN", "LOGIN", "CRAM-MD5", "EXTERNAL", "XOAUTH2", "OAUTHBEARER",
		"SCRAM-SHA-256", "SCRAM-SHA-1", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", other}
	limits = []string{"max-before-login", "max-per-address", "max-per-user", "max_sessions", "guess-delay-max", other}
	ends   = append(pop3.Reasons(), other)
	single = []string{""}
)

// figures has the row of each figure.
var figures = [pop3.Figures]family{
	pop3.FigureConnections: {"connections_total", "", single, text{
		"Connections that were greeted or rejected", "応答または拒否した接続の数"}},
	pop3.FigureLogins: {"logins_total", "mechanism", methods, text{
		"Successful logins", "成功したログインの数"}},
	pop3.FigureLoginsFailed: {"logins_failed_total", "mechanism", methods, text{
		"Logins with a wrong name, password or proof", "名前、パスワードまたは証明が正しくないログインの数"}},
	pop3.FigureLoginErrors: {"login_errors_total", "mechanism", methods, text{
		"Logins that failed for another reason, such as a locked mailbox or a database that is down", "ほかの理由で失敗したログインの数。\nメールボックスのロック、データベースの停止など"}},
	pop3.FigureRejected: {"sessions_rejected_total", "parameter", limits, text{
		"Sessions that a limit has ended, by the parameter that sets it", "制限により終わったセッションの数。\n制限のパラメータ別"}},
	pop3.FigureEnded: {"sessions_ended_total", "reason", ends, text{
		"Sessions that have ended, by reason", "終わったセッションの数。\n理由別"}},
	pop3.FigureReceived: {"received_bytes_total", "", single, text{
		"Octets from clients, counted at the end of each session", "クライアントから受け取ったオクテット数。\nセッションの終わりに数える"}},
	pop3.FigureSent: {"sent_bytes_total", "", single, text{
		"Octets to clients, counted at the end of each session", "クライアントに送ったオクテット数。\nセッションの終わりに数える"}},
	pop3.FigureRetrieved: {"messages_retrieved_total", "", single, text{
		"Messages retrieved", "取り出されたメッセージの数"}},
	pop3.FigureMessageOctets: {"message_bytes_total", "", single, text{
		"Octets of messages sent by RETR and TOP", "RETR と TOP で送ったメッセージのオクテット数"}},
	pop3.FigureDeleted: {"messages_deleted_total", "", single, text{
		"Messages deleted", "削除されたメッセージの数"}},
	pop3.FigureLookupErrors: {"lookup_errors_total", "", single, text{
		"Look-ups that failed because the user database did not answer", "ユーザーデータベースの応答がなく失敗した検索の数"}},
	pop3.FigureLockWaits: {"lock_waits_total", "", single, text{
		"Logins that found the mailbox locked", "メールボックスがロックされていたログインの数"}},
	pop3.FigureProbeFailures: {"probe_failures_total", "", single, text{
		"Self-tests of the watchdog that failed or took too long", "失敗したか、時間がかかりすぎたウォッチドッグの自己診断の数"}},
	pop3.FigureRecordsLost: {"log_records_lost_total", "", single, text{
		"Log records that a log did not get", "ログに書けなかった記録の数"}},
}

// spans has the row of each span.
var spans = [pop3.Spans]family{
	pop3.SpanAccept: {"accept_seconds", "", single, text{
		"Time from the connection to the greeting, TLS handshake included", "接続から最初の応答までの時間。\nTLS のハンドシェイクを含む"}},
	pop3.SpanLookup: {"lookup_seconds", "", single, text{
		"Time of a look-up in a user database", "ユーザーデータベースの検索の時間"}},
	pop3.SpanHashWait: {"hash_wait_seconds", "", single, text{
		"Wait for a processor before a password is compared", "パスワードの比較の前にプロセッサを待った時間"}},
	pop3.SpanHash: {"hash_seconds", "", single, text{
		"Time of the comparison of a password", "パスワードの比較の時間"}},
	pop3.SpanOpen: {"open_seconds", "", single, text{
		"Time to open a mailbox, including the wait for its lock", "メールボックスを開く時間。\nロックの待ち時間を含む"}},
	pop3.SpanFirstByte: {"first_byte_seconds", "", single, text{
		"Time from RETR or TOP to the first octets of the message", "RETR または TOP からメッセージの最初のオクテットまでの時間"}},
	pop3.SpanSession: {"session_seconds", "", single, text{
		"Duration of sessions that have ended", "終わったセッションの時間"}},
	pop3.SpanProbe: {"probe_seconds", "", single, text{
		"Time of a self-test of the watchdog", "ウォッチドッグの自己診断の時間"}},
}

// at returns the number of a label's word.
func (f *family) at(word string) int {
	if i := slices.Index(f.words, word); i >= 0 {
		return i
	}
	return len(f.words) - 1
}
