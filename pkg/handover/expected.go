package handover

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// expectedFile returns the path of the file in which a daemon leaves the number of
// sessions it has sent, "" without a runtime directory. systemd does not report
// whether it keeps what it was sent: without FileDescriptorStoreMax= it drops it.
func (s *Service) expectedFile() string {
	if s.Directory == "" {
		return ""
	}
	return filepath.Join(s.Directory, "sessions-handed-over")
}

// recordExpected records for the next process how many sessions were sent. They are added
// to those of an earlier Send: a process that cannot leave sends the others as well.
func (s *Service) recordExpected(sessions int) {
	s.recording.Lock()
	defer s.recording.Unlock()
	s.sent += sessions
	if name := s.expectedFile(); name != "" {
		// Without the file the sessions are received as well.
		_ = os.WriteFile(name, []byte(strconv.Itoa(s.sent)), 0o600)
	}
}

// checkExpected returns an error if fewer sessions came than the previous process has sent:
// a store that is full drops some of several parcels. It removes the record.
func (s *Service) checkExpected(received int) error {
	name := s.expectedFile()
	if name == "" {
		return nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil // Usually there is no such file.
	}
	_ = os.Remove(name) // The next process overwrites a file that is left.
	expected, err := strconv.Atoi(string(text))
	if err != nil || received >= expected {
		return nil
	}
	missing := "them"
	if received > 0 {
		missing = fmt.Sprintf("%d of them", expected-received)
	}
	return fmt.Errorf("%d sessions were handed over and systemd has not kept %s; see FileDescriptorStoreMax", expected, missing)
}
