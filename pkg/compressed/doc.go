// Package compressed reads messages that another mail server has compressed:
// gzip, bzip2 and Zstandard files, and Dovecot's own format of LZ4 chunks.
//
// Recognise looks at the first octets of a file, and NewReader returns its
// text. A file may come from a hostile sender or a hostile user: what a reader
// holds in memory has a bound that no file can raise, and so has the length of
// the text. Nothing of a file is guessed: a text that does not end as its format
// wants is an error.
package compressed
