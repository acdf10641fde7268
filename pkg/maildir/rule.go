package maildir

import "context"

// Values of Options.UIDL: what UIDLs and order are taken from.
const (
	UIDLName    = "name"    // file names, or tpops_uidl
	UIDLDovecot = "dovecot" // dovecot-uidlist, which Dovecot uses at the same time
	UIDLCourier = "courier" // courierpop3dsizelist, which Courier uses at the same time
)

// rule decides which UIDLs the messages of a Maildir have, and their order.
type rule interface {
	// file returns the name of the file in the Maildir on which UIDLs and order
	// depend besides new and cur; "" if there is none. A snapshot holds only while
	// the file is unchanged.
	file() string
	// apply returns the messages of v as clients see them. It is called with the
	// rights of the owner.
	apply(ctx context.Context, v *view) (numbered, error)
	// recall does so by t.listed alone, which holds for the file. It reports
	// whether that is enough.
	recall(t *table) (numbered, bool)
}

// numbered is messages with their UIDLs, in their order.
type numbered struct {
	table  *table   // with the messages that are shown, in the order of names
	uidls  *uidlSet // of table
	order  []uint32 // indexes of table in the order of messages; nil for that of table
	lacks  bool     // Messages are left out, which the next login may show.
	reason error    // why, if so
	own    bool     // all UIDLs are those of the built-in rule, see builtInUIDL
	listed *listed  // what the file has for the messages of the view, for the index; nil if that cannot be kept

	recalled bool // all of it is from the index, without the file
}

// rule returns the rule of the settings.
func (r *reader) rule() rule {
	switch r.options.UIDL {
	case UIDLDovecot:
		return &dovecotRule{list: listFile{r.store, dovecotList}, format: r.options.UIDLFormat, readOnly: r.options.readOnly}
	case UIDLCourier:
		return &courierRule{list: listFile{r.store, courierList}, readOnly: r.options.readOnly}
	}
	return &nameRule{r}
}

// follows reports whether UIDLs come from the list of another server.
func (o *Options) follows() bool { return o.UIDL == UIDLDovecot || o.UIDL == UIDLCourier }

// leftOut logs that messages are left out.
func (n *numbered) leftOut(v *view) {
	if n.lacks {
		v.logger().Warn("messages left out", "files", len(v.base.files)-len(n.table.files), "error", n.reason)
	}
}

// nameRule gives messages the UIDLs that tpops_uidl has for them, or their unique
// names, or digests.
type nameRule struct{ *reader }

func (r *nameRule) file() string {
	if !r.options.UIDLConvert {
		return ""
	}
	return uidlFile
}

// apply implements rule.
func (r *nameRule) apply(ctx context.Context, v *view) (numbered, error) {
	given, err := r.givenUIDLs(ctx)
	if err != nil {
		return numbered{}, err
	}
	n := given.number(v.base)
	if r.index().keepsUIDLs(v.base) {
		n.listed = given.listed(v.base)
	}
	return n, nil
}

// recall implements rule.
func (r *nameRule) recall(t *table) (numbered, bool) {
	given, ok := givenByIndex(t)
	if !ok {
		return numbered{}, false
	}
	n := given.number(t)
	return n, !given.recalled.unsure
}

// number gives the messages of t the UIDLs and the order of uidlFile, or of names.
func (g *givenUIDLs) number(t *table) numbered {
	return numbered{table: t, uidls: assignUIDLs(t, g), order: g.order(t), own: g.isEmpty()}
}
