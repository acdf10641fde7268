package pop3

// Admits returns why the account does not allow a login from this client, nil if
// it does. It is called after the password was accepted: other clients must not
// learn the restrictions of an account. The code is not that of a wrong password,
// so that no client asks its user for another one (RFC 3206 §5).
func (a *Account) Admits(c *Client) error {
	switch {
	case a.NoPOP3:
		return ErrNoPOP3
	case a.TLSOnly && !c.TLS:
		return ErrTLSOnly
	case len(a.Networks) > 0 && !within(a.Networks, c.Remote):
		return ErrNetwork // A client without an address is in no network.
	}
	return nil
}
