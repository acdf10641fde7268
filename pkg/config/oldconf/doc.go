// Package oldconf turns a configuration file of TPOPS 0.8 into one of today.
//
// 0.8 read lines of `name = value` or `name value`, a bare name for a switch,
// comments that begin with #, and passed over lines of [section]. Here each of
// them becomes a line of TOML or is told why not, and what comes out is read as
// the server would read it, so that nothing is handed over that it refuses.
package oldconf
