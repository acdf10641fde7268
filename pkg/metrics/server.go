package metrics

import (
	"log/slog"
	"net/http"
	"time"
)

// Limits of the server, which a client cannot make it exceed.
const (
	maxConns     = 64
	maxHeader    = 8 << 10 // octets
	requestTime  = 5 * time.Second
	responseTime = 10 * time.Second
	idleTime     = 2 * time.Minute
)

// Server returns a server that answers GET /metrics with the result of text, and nothing
// else. The caller calls Serve with a listener of Limit, and Close.
func Server(text func() []byte) *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(text()) // The client has gone.
	})
	return &http.Server{
		Handler: mux, MaxHeaderBytes: maxHeader, ReadTimeout: requestTime, WriteTimeout: responseTime, IdleTimeout: idleTime,
		ErrorLog:  slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
		ConnState: noteState,
	}
}
