package main

import (
	"net"
	"net/http"
	"time"

	"tpops/pkg/metrics"
)

// exporter is the socket of the metrics and its server.
type exporter struct {
	listener net.Listener // nil without a socket
	server   *http.Server // nil before serve
}

// serve answers requests in the background.
func (e *exporter) serve(d *daemon) {
	if e.listener == nil {
		return
	}
	e.server = metrics.Server(func() []byte {
		values, _ := d.recent.Values(time.Now())
		return metrics.Text(d.gauges(), values)
	})
	go func() { _ = e.server.Serve(metrics.Limit(e.listener)) }() // It ends with close.
}

// close ends all requests and closes the socket.
func (e *exporter) close() {
	if e.server != nil {
		_ = e.server.Close() // Nothing is to be saved.
	}
	if e.listener != nil {
		_ = e.listener.Close() // It may be closed already.
	}
}
