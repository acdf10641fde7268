package metrics

import "strings"

// Gauge is a figure that is asked for when it is shown. One whose name ends in _total
// only grows.
type Gauge struct {
	Name  string
	Help  string
	Label string // its name, "" without one
	Word  string
	Value float64
}

// Type returns the type of the figure: gauge or counter.
func (g *Gauge) Type() string {
	if strings.HasSuffix(g.Name, "_total") {
		return "counter"
	}
	return "gauge"
}

// Level is a kind of Gauge.
type Level int

// The levels, in the order of the manual.
const (
	LevelSessions       Level = iota // by state
	LevelCacheMailboxes              // in the cache of mailboxes
	LevelCacheBytes                  // of these
	LevelCacheHits                   // mailboxes that were opened without being read
	LevelCacheMisses                 // mailboxes that were read
	LevelCacheEvictions              // mailboxes that were removed to make room
	LevelExpiry                      // Unix time at which the first certificate expires
	LevelMemory                      // resident memory of the daemon
	LevelFiles                       // open files of the daemon
	LevelMaxFiles                    // limit of these
	LevelStart                       // Unix time of the start
	levels                           // number of levels
)

// levelTable has the row of each level. The names that other programs use too have no
// prefix. A label has the words of the callers.
var levelTable = [levels]family{
	LevelSessions: {prefix + "sessions", "state", nil, text{
		"Sessions at present, by state", "現在のセッションの数。状態別"}},
	LevelCacheMailboxes: {prefix + "mailbox_cache_mailboxes", "", nil, text{
		"Mailboxes in the cache (parallel-type thread)", "キャッシュにあるメールボックスの数\n(parallel-type が thread の場合)"}},
	LevelCacheBytes: {prefix + "mailbox_cache_bytes", "", nil, text{
		"Memory of the mailboxes in the cache", "キャッシュにあるメールボックスのメモリー"}},
	LevelCacheHits: {prefix + "mailbox_cache_hits_total", "", nil, text{
		"Mailboxes that were opened from the cache", "キャッシュから開いたメールボックスの数"}},
	LevelCacheMisses: {prefix + "mailbox_cache_misses_total", "", nil, text{
		"Mailboxes that were not in the cache, or had changed", "キャッシュになかったか、変わっていたメールボックスの数"}},
	LevelCacheEvictions: {prefix + "mailbox_cache_evictions_total", "", nil, text{
		"Mailboxes that were removed from the cache to make room", "空きを作るためにキャッシュから除いたメールボックスの数"}},
	LevelExpiry: {prefix + "certificate_expiry_timestamp_seconds", "", nil, text{
		"Unix time at which the first certificate expires", "最初に期限が切れる証明書の期限 (UNIX 時間)"}},
	LevelMemory: {"process_resident_memory_bytes", "", nil, text{
		"Resident memory of the daemon, without its children", "デーモンの常駐メモリー\n(子プロセスを除く)"}},
	LevelFiles: {"process_open_fds", "", nil, text{
		"Open files of the daemon, without its children", "デーモンが開いているファイルの数\n(子プロセスを除く)"}},
	LevelMaxFiles: {"process_max_fds", "", nil, text{
		"Limit of open files", "開けるファイルの数の上限"}},
	LevelStart: {"process_start_time_seconds", "", nil, text{
		"Unix time of the start of the daemon", "デーモンを起動した時刻 (UNIX 時間)"}},
}

// NewGauge returns a gauge of a level. word is "" for a level without label.
func NewGauge(level Level, word string, value float64) Gauge {
	f := &levelTable[level]
	return Gauge{Name: f.name, Help: f.help.english, Label: f.label, Word: word, Value: value}
}
