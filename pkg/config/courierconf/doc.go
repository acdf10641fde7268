// Package courierconf converts the configuration of Courier's POP3 server to one of
// TPOPS.
//
// It reads pop3d and pop3d-ssl, which are shell scripts with assignments, and
// authdaemonrc and authmysqlrc of the Courier authentication library. All of them are
// untrusted text: no shell runs.
package courierconf
