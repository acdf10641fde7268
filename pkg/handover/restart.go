package handover

import "os"

// defaultDirectory is the runtime directory that the unit file sets.
const defaultDirectory = "/run/tpops"

// restartMark returns the path of the symlink with which ExecStop= of the unit marks
// a restart. systemd sends SIGTERM only after that command has ended, so that the mark
// is there before the signal, however busy the machine is. Two signals could
// arrive in either order. The mark is beside the runtime directory, where only
// root can write.
func (s *Service) restartMark() string {
	if s.Directory == "" {
		return defaultDirectory + ".restart"
	}
	return s.Directory + ".restart"
}

// IsRestarting reports whether systemd is restarting this run of the service. The
// mark is a symlink, because a process can read one after it has confined itself.
// Its target is the id of the run, so that an old mark has no effect.
func (s *Service) IsRestarting() bool {
	run, err := os.Readlink(s.restartMark())
	return err == nil && s.Run != "" && run == s.Run
}
