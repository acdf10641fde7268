package process

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// reportTime bounds how long a report waits for a parent that does not read.
const reportTime = 10 * time.Second

// Report sends a report to the parent. The text, for Failed only, is cut off after
// 16 KiB. Report does nothing if the parent has ended.
func (p *Poller) Report(r Report, text string) {
	message := append([]byte{byte(r)}, text[:min(len(text), MaxText)]...)
	control := fd(p.control)
	for deadline := time.Now().Add(reportTime); time.Now().Before(deadline); {
		if !errors.Is(send(control, message), unix.EAGAIN) {
			return
		}
		_, _ = unix.Poll([]unix.PollFd{{Fd: int32(control), Events: unix.POLLOUT}}, 100)
	}
}
