package migrate

import (
	"context"
	"io"
	"time"

	"tpops/pkg/maildir"
	"tpops/pkg/uidlist"
)

// dovecotCache is where Dovecot keeps, besides others, what its list has of UIDLs and
// order.
const dovecotCache = "dovecot.index.cache"

// list implements Target.
func (d Dovecot) list(j Job) (maildir.ForeignList, error) {
	l := maildir.ForeignList{Name: uidlist.DovecotName, Dotlock: true, Cache: dovecotCache}
	var err error
	if d.ControlDir != "" {
		l.Dir, err = expand(d.ControlDir, j.Login)
	}
	return l, err
}

// edit implements Target. Entries stay as they are as far as they are true: a UIDL that
// the format does not give is saved in the entry, as pop3_save_uidl does. Messages that
// are not listed get new UIDs, or those that their UIDLs have if no other message can
// have had them. An order that is not that of UIDs is written for all messages.
func (d Dovecot) edit(_ context.Context, e *edition, text io.Reader) ([]byte, error) {
	x := dovecotExport{edition: e, format: d.Format, saveAll: d.ReuseXUIDL}
	if err := x.read(text); err != nil {
		return nil, err
	}
	if err := x.number(); err != nil {
		return nil, err
	}
	if err := x.save(); err != nil {
		return nil, err
	}
	if err := x.order(); err != nil {
		return nil, err
	}
	if !x.changed {
		return nil, nil
	}
	return x.encode()
}

// dovecotExport is a dovecot-uidlist that is made.
type dovecotExport struct {
	*edition
	format  uidlist.Format
	saveAll bool // the header field X-UIDL comes before the format
	changed bool
	list    *uidlist.Dovecot
	uidls   []string               // of the entries
	fresh   []bool                 // whether an entry is new
	entries []uidlist.DovecotEntry // of the messages, in their order, without those that cannot be listed
}

// read reads the list, or makes one.
func (x *dovecotExport) read(text io.Reader) (err error) {
	if text == nil {
		x.changed = true
		x.list = uidlist.NewDovecot(time.Now())
		if v := x.commonValidity(); v != 0 {
			x.list.UIDValidity = v
		}
		return nil
	}
	x.list, err = uidlist.ReadDovecot(uidlist.Source{Reader: text, Path: uidlist.DovecotName})
	if err == nil && (x.list.Version != 3 || x.list.GUID == "") {
		x.changed = true // It is written as Dovecot does today.
	}
	return err
}
