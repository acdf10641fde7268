// Package oldconf converts a configuration file of TPOPS 0.8 to TOML.
//
// A file of 0.8 has lines `name = value` or `name value`, a bare name for a switch,
// comments that begin with #, and lines [section], which 0.8 ignored. Each line
// becomes a line of TOML, or a note gives the reason why not. The result is read
// as the server reads it, so that the server accepts every file that is written.
package oldconf
