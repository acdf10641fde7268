package config

// Source is where the parameters come from. None of it is changed.
type Source struct {
	Args        []string                 // the command line without the program's name
	Getenv      func(name string) string // the environment, nil for none; only CREDENTIALS_DIRECTORY is read
	Hostname    string                   // what uname -n prints, the default of hostname
	DefaultFile string                   // the file to read unless --config names one; empty for /etc/tpops/tpops.toml
	MustExist   bool                     // the file must exist and must not be empty, also the default file; for a reload, if FileRead was true
}

func (s Source) getenv(name string) string {
	if s.Getenv == nil {
		return ""
	}
	return s.Getenv(name)
}

// loader holds the state of Load.
type loader struct {
	source   Source
	config   *Config
	rows     []Param
	byName   map[string]*Param
	given    map[string]setting // by name, the setting of each parameter that is valid; the command line takes precedence
	broken   map[string]bool    // names with an invalid value, so that one mistake is reported once
	problems Problems
}

// setting is a value as it was written.
type setting struct {
	name  string
	text  string
	place place
}

// Load reads the command line, the configuration file and the files of
// secrets. To reload, call it again with the same Source, except for MustExist,
// and see KeepRestart. With --help, --version or --sample-config it reads nothing
// else and does not fail. Otherwise an error has the type Problems and contains
// everything that is wrong.
func Load(source Source) (*Config, error) {
	l := newLoader(source)
	if err := l.load(); err != nil {
		return nil, err
	}
	return l.config, nil
}

func (l *loader) load() error {
	l.apply(l.readArgs())
	if l.config.Run.Help != "no" || l.config.Run.Version || l.config.Run.SampleConfig {
		return nil
	}
	l.apply(l.readFile())
	l.fillHostname()
	l.findCertificates()
	l.checkEffects()
	l.checkRequired()
	l.readSecrets()
	if len(l.problems) > 0 {
		l.problems.sort()
		return l.problems
	}
	l.config.origin.warnings.sort()
	return nil
}

func newLoader(source Source) *loader {
	c := &Config{origin: origin{places: map[string]place{}}}
	l := &loader{
		source: source, config: c, rows: c.table(),
		byName: map[string]*Param{}, given: map[string]setting{}, broken: map[string]bool{},
	}
	for i := range l.rows {
		p := &l.rows[i]
		l.byName[p.Name] = p
		p.set(p.Default) // A test holds that it is valid.
	}
	if source.DefaultFile != "" {
		c.Run.ConfigFile = source.DefaultFile
	}
	return l
}

// apply stores settings. The last one of several counts. The command line, which
// is applied first, overrides the file. Every value must be valid.
func (l *loader) apply(settings []setting) {
	for _, s := range settings {
		p := l.byName[s.name]
		if err := p.set(s.text); err != nil {
			l.reject(s, "%v", err)
			l.broken[s.name] = true
			continue
		}
		if before, ok := l.given[s.name]; ok && before.place.isOption() && !s.place.isOption() {
			p.set(before.text)
			continue
		}
		l.given[s.name] = s
		l.config.origin.places[s.name] = s.place
	}
}

// fillHostname uses the host name of the system, which is not yet checked.
func (l *loader) fillHostname() {
	if l.config.Protocol.Hostname != "" || l.broken["hostname"] {
		return
	}
	if err := l.byName["hostname"].set(l.source.Hostname); err != nil {
		l.problem(place{}, "hostname must be set: the output of uname -n %v", err)
	}
}
