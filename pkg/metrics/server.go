package metrics

import (
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Limits of the server, which a client cannot make it exceed.
const (
	maxConns     = 16
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
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
	}
}

// Limit returns a listener that accepts a connection only while there are few. Others
// wait in the queue of the socket.
func Limit(l net.Listener) net.Listener {
	return &limited{l, make(chan struct{}, maxConns)}
}

// limited is a listener with a limited number of connections.
type limited struct {
	net.Listener
	places chan struct{}
}

// Accept waits for a place and a connection.
func (l *limited) Accept() (net.Conn, error) {
	l.places <- struct{}{}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.places
		return nil, err
	}
	return &placedConn{Conn: conn, leave: func() { <-l.places }}, nil
}

// placedConn is a connection that has a place.
type placedConn struct {
	net.Conn
	once  sync.Once
	leave func()
}

// Close closes the connection and gives the place back, once.
func (c *placedConn) Close() error {
	defer c.once.Do(c.leave)
	return c.Conn.Close()
}
