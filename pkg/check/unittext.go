package check

import (
	"errors"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"tpops/pkg/unit"
)

// The files to which the check writes.
const (
	outputFile = "output"
	errorsFile = "errors"
)

// isOmitted reports whether a setting acts on other units or is of no use for a single
// command. Those of directories are replaced, see directorySetting: systemd would
// create the directories, or change their owner.
func isOmitted(setting string) bool {
	switch setting {
	case "Type", "Restart", "WatchdogSec", "NotifyAccess", "PIDFile", "Sockets", "BusName", "RemainAfterExit",
		"ExecStart", "ExecStartPre", "ExecStartPost", "ExecCondition", "ExecReload", "ExecStop", "ExecStopPost",
		"StandardInput", "StandardOutput", "StandardError", "LogNamespace", "RemoveIPC", "FileDescriptorStoreMax", "OpenFile",
		"StateDirectory", "LogsDirectory", "RuntimeDirectory", "RuntimeDirectoryPreserve", "CacheDirectory", "ConfigurationDirectory":
		return true
	}
	return false
}

// parentOf returns the parent of the directories that a setting names, "" for other
// settings.
func parentOf(setting string) string {
	switch setting {
	case "StateDirectory":
		return "/var/lib/"
	case "LogsDirectory":
		return "/var/log/"
	}
	return ""
}

// unitText returns a unit that runs a command with the settings of a service. The command writes to two files
// in the folder.
func unitText(settings []unit.Setting, command, folder string) string {
	var b strings.Builder
	b.WriteString("[Unit]\nDescription=Check of the configuration of TPOPS\n[Service]\n")
	var directories []string
	owner := "root"
	for _, s := range settings {
		if parent := parentOf(s.Name); parent != "" {
			for name := range strings.FieldsSeq(s.Value) {
				directories = append(directories, parent+name)
			}
		}
		if s.Name == "User" && s.Value != "" {
			owner = s.Value
		}
		if !isOmitted(s.Name) {
			b.WriteString(s.String() + "\n")
		}
	}
	for _, path := range directories {
		b.WriteString(directorySetting(path, uidOf(owner)))
	}
	b.WriteString("Type=oneshot\nTimeoutStartSec=60\nRemoveIPC=no\nStandardInput=null\n" +
		"StandardOutput=truncate:" + filepath.Join(folder, outputFile) + "\n" +
		"StandardError=truncate:" + filepath.Join(folder, errorsFile) + "\nExecStart=" + command + "\n")
	return b.String()
}

// directorySetting returns the line that replaces the setting of a directory of the
// service. systemd would give a directory of another user to the service, with
// everything in it; in the check such a directory is empty and writable.
func directorySetting(path string, uid int) string {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	if err == nil && int(info.Sys().(*syscall.Stat_t).Uid) != uid {
		return "TemporaryFileSystem=" + path + ":mode=1777\n"
	}
	return "ReadWritePaths=-" + path + "\n"
}

// uidOf returns the number of a user, -1 if the user does not exist.
func uidOf(name string) int {
	entry, err := user.Lookup(name)
	if err != nil {
		entry = &user.User{Uid: name}
	}
	uid, err := strconv.Atoi(entry.Uid)
	if err != nil {
		return -1
	}
	return uid
}
