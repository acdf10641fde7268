package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
)

// fickle is a database with one password for all users, which may change, and
// which may be down. It counts how often it is asked.
type fickle struct {
	mu       sync.Mutex
	password string
	trouble  error
	asked    int
}

func (f *fickle) Authenticate(_ context.Context, a pop3.Attempt) (*pop3.Account, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	switch {
	case f.trouble != nil:
		return nil, f.trouble
	case a.Password != f.password:
		return nil, fmt.Errorf("fickle: %w", pop3.ErrAuth)
	}
	return &pop3.Account{Name: a.Login, Maildrop: "/mail/" + a.Login}, nil
}

// loose is a database that ignores the case of names, like MySQL by default.
type loose struct{ fickle }

func (l *loose) Authenticate(ctx context.Context, a pop3.Attempt) (*pop3.Account, error) {
	a.Login = strings.ToLower(a.Login)
	return l.fickle.Authenticate(ctx, a)
}

// Spellings of a name are one user: a new password under one of them invalidates the old
// one under all, and each spelling has its own time limit.
func TestCacheSpellings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := &loose{fickle{password: "old"}}
		cache := NewCache(CacheOptions{Users: users, Time: time.Minute, Size: 2})
		try := func(login, password string, in, asked bool) {
			t.Helper()
			before := users.asked
			account, err := cache.Authenticate(t.Context(), pop3.Attempt{Login: login, Password: password})
			if (err == nil) != in || (users.asked > before) != asked || in && account.Name != "ann" {
				t.Errorf("%s, %s: %v, %v, asked %t", login, password, account, err, users.asked > before)
			}
		}
		try("ann", "old", true, true)
		try("ANN", "old", true, true)
		try("ann", "old", true, false)
		try("ANN", "old", true, false)
		time.Sleep(59 * time.Second)
		try("Ann", "old", true, true)
		time.Sleep(time.Second)
		try("ANN", "old", true, true) // The login as Ann did not extend the time of ANN.
		try("Ann", "old", true, false)
		users.password = "new"
		try("aNN", "new", true, true)
		for _, login := range []string{"Ann", "ANN", "ann"} {
			try(login, "old", false, true)
		}
		try("aNN", "new", true, false)
		for i := range 8 { // all spellings in turn: only the latest are kept
			login := []byte("ann")
			for j := range login {
				if i>>j&1 == 1 {
					login[j] -= 'a' - 'A'
				}
			}
			try(string(login), "new", true, string(login) != "aNN")
		}
		if len(cache.logins.byUser) != 1 || len(cache.logins.byName) > maxSpellings {
			t.Errorf("%d users, %d names", len(cache.logins.byUser), len(cache.logins.byName))
		}
	})
}

var errDown = errors.New("no server answers")

// step is one login, after the state has changed.
type cacheStep struct {
	wait     time.Duration
	password string // of the database from now on, "" for no change
	trouble  error  // of the database during this step
	login    string
	try      string
	want     error // nil: accepted
	asked    bool  // the database is expected to be asked
}

func TestCache(t *testing.T) {
	const good, other = "good", "other"
	refused := fmt.Errorf("row: %w", pop3.ErrPermanent)
	busy := fmt.Errorf("busy: %w", pop3.ErrTemporary)
	late := func(why error) error { return fmt.Errorf("pam: wait for PAM: %w", why) }
	for _, test := range []struct {
		name  string
		steps []cacheStep
	}{
		{"a login is accepted for its time", []cacheStep{
			{login: "ann", try: good, asked: true}, {login: "ann", try: good},
			{wait: 59 * time.Second, login: "ann", try: good}, {wait: time.Second, login: "ann", try: good, asked: true},
			{wait: 59 * time.Second, login: "ann", try: good}}},
		{"a login does not extend its time", []cacheStep{
			{login: "ann", try: good, asked: true}, {wait: 30 * time.Second, login: "ann", try: good},
			{wait: 30 * time.Second, login: "ann", try: good, asked: true}}},
		{"an entry is for one user only", []cacheStep{
			{login: "ann", try: good, asked: true}, {login: "bob", try: good, asked: true}, {login: "Ann", try: good, asked: true}}},
		{"a wrong password asks the database each time", []cacheStep{
			{login: "ann", try: good, asked: true}, {login: "ann", try: other, want: pop3.ErrAuth, asked: true},
			{login: "ann", try: other, want: pop3.ErrAuth, asked: true}, {login: "ann", try: good}}},
		{"the border between name and password counts", []cacheStep{
			{login: "ann", try: good, asked: true}, {login: "anng", try: "ood", want: pop3.ErrAuth, asked: true}}},
		{"a new password replaces the old one", []cacheStep{
			{login: "ann", try: good, asked: true}, {password: other, login: "ann", try: other, asked: true},
			{login: "ann", try: good, want: pop3.ErrAuth, asked: true}, {login: "ann", try: other}}},
		{"an old password is accepted for its time at most", []cacheStep{
			{login: "ann", try: good, asked: true}, {password: other, login: "ann", try: good},
			{wait: time.Minute, login: "ann", try: good, want: pop3.ErrAuth, asked: true}}},
		{"a rejected login is removed, for stale answers too", []cacheStep{
			{login: "ann", try: good, asked: true},
			{wait: time.Minute, password: other, login: "ann", try: good, want: pop3.ErrAuth, asked: true},
			{trouble: errDown, login: "ann", try: good, want: errDown, asked: true}}},
		{"a row that cannot be used is removed", []cacheStep{
			{login: "ann", try: good, asked: true},
			{wait: time.Minute, trouble: refused, login: "ann", try: good, want: pop3.ErrPermanent, asked: true},
			{trouble: errDown, login: "ann", try: good, want: errDown, asked: true}}},
		{"stale while the database is down", []cacheStep{
			{login: "ann", try: good, asked: true}, {trouble: errDown, login: "ann", try: good},
			{wait: time.Minute, trouble: errDown, login: "ann", try: good, asked: true},
			{wait: 9 * time.Minute, trouble: busy, login: "ann", try: good, asked: true},
			{wait: time.Minute, trouble: errDown, login: "ann", try: good, want: errDown, asked: true}}},
		{"the end of a session says nothing about the user", []cacheStep{
			{login: "ann", try: good, asked: true},
			{wait: time.Minute, trouble: late(pop3.ErrLoginTime), login: "ann", try: good, asked: true},
			{trouble: late(pop3.ErrExpired), login: "ann", try: good, asked: true}, {trouble: errDown, login: "ann", try: good, asked: true}}},
		{"a stale entry accepts the same password only", []cacheStep{
			{login: "ann", try: good, asked: true},
			{wait: time.Minute, trouble: errDown, login: "ann", try: other, want: errDown, asked: true},
			{trouble: errDown, login: "bob", try: good, want: errDown, asked: true}}},
		{"the oldest entry is removed", []cacheStep{
			{login: "ann", try: good, asked: true}, {login: "bob", try: good, asked: true}, {login: "cid", try: good, asked: true},
			{login: "bob", try: good}, {login: "cid", try: good}, {login: "ann", try: good, asked: true},
			{login: "bob", try: good, asked: true}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { runCacheSteps(t, test.steps) })
		})
	}
}

func runCacheSteps(t *testing.T, steps []cacheStep) {
	t.Helper()
	users := &fickle{password: "good"}
	cache := NewCache(CacheOptions{Users: users, Time: time.Minute, Stale: 10 * time.Minute, Size: 2})
	for i, step := range steps {
		time.Sleep(step.wait)
		if step.password != "" {
			users.password = step.password
		}
		users.trouble = step.trouble
		before := users.asked
		account, err := cache.Authenticate(t.Context(), pop3.Attempt{Login: step.login, Password: step.try})
		if !errors.Is(err, step.want) || (err == nil) != (account != nil) {
			t.Errorf("step %d: %v, %v, want %v", i, account, err, step.want)
		}
		if account != nil && account.Maildrop != "/mail/"+step.login {
			t.Errorf("step %d: %s got the mail of %s", i, step.login, account.Maildrop)
		}
		if asked := users.asked > before; asked != step.asked {
			t.Errorf("step %d: asked %v, want %v", i, asked, step.asked)
		}
	}
	if n := len(cache.logins.byUser); n > 2 || n != cache.logins.order.Len() {
		t.Errorf("%d logins and %d in order, want at most 2", n, cache.logins.order.Len())
	}
}

// A login accepted from a stale entry is logged, with the reason and without the password.
func TestCacheLogsStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		users := &fickle{password: "s3cret"}
		cache := NewCache(CacheOptions{Users: users, Time: time.Second, Stale: time.Hour, Size: 1, Log: slog.New(slog.NewTextHandler(&log, nil))})
		for range 2 {
			if _, err := cache.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "s3cret"}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			users.trouble = errDown
		}
		if got := log.String(); !strings.Contains(got, `"stale cached login accepted" user=ann age=1m0s error="no server answers"`) || strings.Contains(got, "s3cret") {
			t.Errorf("log %s", got)
		}
	})
}

// Two caches compute different digests of the same password, and a cache entry has no
// field that could contain a password.
func TestCacheKeepsNoPassword(t *testing.T) {
	users := &fickle{password: "s3cret"}
	one := NewCache(CacheOptions{Users: users, Time: time.Hour, Size: 1})
	two := NewCache(CacheOptions{Users: users, Time: time.Hour, Size: 1})
	if _, err := one.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "s3cret"}); err != nil {
		t.Fatal(err)
	}
	if one.logins.identify("ann", "s3cret", "") == two.logins.identify("ann", "s3cret", "") {
		t.Error("digests do not depend on the process")
	}
	for kept, want := range map[reflect.Type]string{
		reflect.TypeFor[recentLogin](): "[auth.digest auth.digest []auth.spelling pop3.Account]",
		reflect.TypeFor[spelling]():    "[auth.digest time.Time]",
	} {
		var types []reflect.Type
		for i := range kept.NumField() {
			types = append(types, kept.Field(i).Type)
		}
		if got := fmt.Sprint(types); got != want {
			t.Errorf("%v has fields %s, want only digests, times and the account %s: check that none contains a password", kept, got, want)
		}
	}
}

func TestCacheAtOnce(t *testing.T) {
	users := &fickle{password: "good"}
	cache := NewCache(CacheOptions{Users: users, Time: time.Nanosecond, Stale: time.Hour, Size: 3})
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			login := fmt.Sprint("user", i%8)
			for range 50 {
				if _, err := cache.Authenticate(t.Context(), pop3.Attempt{Login: login, Password: "bad"}); !errors.Is(err, pop3.ErrAuth) {
					t.Error(err)
				}
				if a, err := cache.Authenticate(t.Context(), pop3.Attempt{Login: login, Password: "good"}); err != nil || a.Name != login {
					t.Error(a, err)
				}
			}
		})
	}
	all.Wait()
	if n := cache.logins.order.Len(); n > 3 || n != len(cache.logins.byUser) {
		t.Errorf("%d answers", n)
	}
}

// BenchmarkCache measures the cost of a cached login, to compare with BenchmarkVerify.
func BenchmarkCache(b *testing.B) {
	cache := NewCache(CacheOptions{Users: &fickle{password: "good"}, Time: time.Hour, Size: 10})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := cache.Authenticate(b.Context(), pop3.Attempt{Login: "ann@example.org", Password: "good"}); err != nil {
			b.Fatal(err)
		}
	}
}
