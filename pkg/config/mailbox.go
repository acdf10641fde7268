package config

import "time"

// Mailbox has the kind of mailbox, and how a Maildir is read.
type Mailbox struct {
	Type        string   // maildir or proxy
	Roots       []string // absolute paths, or unset
	Maildir     string   // path relative to a home directory, without ..
	UseFilesize bool
	Extended    bool
	Lock        bool
	UIDLConvert bool
	UIDL        string // name, dovecot or courier
	UIDLFormat  string // as Dovecot's pop3_uidl_format

	UIDLMismatch string // refuse or accept
	Cache        int    // octets of memory for mailboxes, 0 or more
	CacheNetwork bool   // trust the times of network file systems

	KeepDeleted time.Duration // 0: remove deleted messages at once
}

// Proxy has the POP3 servers of mailbox-type proxy.
type Proxy struct {
	Server  []string      // host:port, tried in this order
	TLS     string        // no, stls or implicit
	TLSCA   string        // path of a PEM file; unset: the CA certificates of the system
	Timeout time.Duration // at least a second
	Client  string        // none, xclient or proxy
}
