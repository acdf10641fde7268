package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// The files with what the check prints.
const (
	outputFile = "output"
	errorsFile = "errors"
)

// isLeftOut reports whether a setting acts on other units or is of no use for a
// single command. Those of directories are replaced, see directory: systemd would
// make them, or change their owner.
func isLeftOut(setting string) bool {
	switch setting {
	case "Type", "Restart", "WatchdogSec", "NotifyAccess", "PIDFile", "Sockets", "BusName", "RemainAfterExit",
		"ExecStart", "ExecStartPre", "ExecStartPost", "ExecCondition", "ExecReload", "ExecStop", "ExecStopPost",
		"StandardInput", "StandardOutput", "StandardError", "LogNamespace", "RemoveIPC", "FileDescriptorStoreMax", "OpenFile",
		"StateDirectory", "LogsDirectory", "RuntimeDirectory", "RuntimeDirectoryPreserve", "CacheDirectory", "ConfigurationDirectory":
		return true
	}
	return false
}

// parentOf returns where the directories of a service are that a setting names.
func parentOf(setting string) string {
	switch setting {
	case "StateDirectory":
		return "/var/lib/"
	case "LogsDirectory":
		return "/var/log/"
	}
	return ""
}

// checkUnit returns a unit that runs a command like the service of which systemctl
// printed the files, its own and its drop-ins. What the command prints goes to two
// files in a folder.
func checkUnit(files, command, folder string) string {
	var b strings.Builder
	b.WriteString("[Unit]\nDescription=Check of the configuration of TPOPS\n[Service]\n")
	var directories []string
	owner := "root"
	for _, s := range serviceSettings(files) {
		if parent := parentOf(s.name); parent != "" {
			for name := range strings.FieldsSeq(s.value) {
				directories = append(directories, parent+name)
			}
		}
		if s.name == "User" && s.value != "" {
			owner = s.value
		}
		if !isLeftOut(s.name) {
			b.WriteString(s.name + "=" + s.value + "\n")
		}
	}
	for _, path := range directories {
		b.WriteString(directory(path, uidOf(owner)))
	}
	b.WriteString("Type=oneshot\nTimeoutStartSec=60\nRemoveIPC=no\nStandardInput=null\n" +
		"StandardOutput=truncate:" + filepath.Join(folder, outputFile) + "\n" +
		"StandardError=truncate:" + filepath.Join(folder, errorsFile) + "\nExecStart=" + command + "\n")
	return b.String()
}

// directory returns the line that stands for a directory that systemd gives to the
// service. One of another user, which would be given to the service with all that
// is in it, is empty and writable in the check.
func directory(path string, uid int) string {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	if err == nil && int(info.Sys().(*syscall.Stat_t).Uid) != uid {
		return "TemporaryFileSystem=" + path + ":mode=1777\n"
	}
	return "ReadWritePaths=-" + path + "\n"
}

// unitSetting is a line of a unit.
type unitSetting struct{ name, value string }

// serviceSettings returns the settings in the sections [Service] of unit files.
func serviceSettings(files string) []unitSetting {
	var all []unitSetting
	section := ""
	lines := strings.Split(files, "\n")
	for i := 0; i < len(lines); i++ {
		line := strings.TrimSpace(lines[i])
		for strings.HasSuffix(line, "\\") && i+1 < len(lines) {
			i++
			line = strings.TrimSuffix(line, "\\") + " " + strings.TrimSpace(lines[i])
		}
		name, value, found := strings.Cut(line, "=")
		switch {
		case line == "" || line[0] == '#' || line[0] == ';':
		case line[0] == '[':
			section = line
		case found && section == "[Service]":
			all = append(all, unitSetting{strings.TrimSpace(name), strings.TrimSpace(value)})
		}
	}
	return all
}
