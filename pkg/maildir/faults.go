package maildir

// Fault is a kind of what Examine finds in a Maildir.
type Fault struct {
	Name   string // for programs; it never changes
	Note   bool   // it needs no repair
	Fixed  bool   // Examine can repair it
	Effect string // on clients
	Do     string // what the operator can do
}

// The names of faults.
const (
	faultDirectory   = "directory-missing"
	faultKind        = "not-a-file"
	faultOwner       = "wrong-owner"
	faultMode        = "wrong-mode"
	faultWritable    = "others-can-write"
	faultUnreadable  = "unreadable"
	faultEncrypted   = "encrypted"
	faultCorrupt     = "corrupt"
	faultSize        = "wrong-size"
	faultNewFlags    = "flags-in-new"
	faultUIDLFile    = "uidl-file"
	faultUIDLLine    = "uidl-line"
	faultUIDLIllegal = "uidl-illegal"
	faultUIDLDouble  = "uidl-double"
	faultIndex       = "index-damaged"
	faultServed      = "served-damaged"
	faultDotlock     = "stale-lock"
	faultTmp         = "old-tmp"
	faultRefused     = "login-refused"
	noteUIDLTwice    = "uidl-twice"
	noteUIDLAbsent   = "uidl-unused"
	noteUIDLHash     = "uidl-hash"
	noteName         = "odd-name"
	noteLong         = "long-name"
	noteHidden       = "hidden-name"
	noteTwins        = "same-name"
	noteCopies       = "copies"
	noteLinks        = "hard-link"
	noteList         = "foreign-list"
	noteLocked       = "locked"
	noteServed       = "served"
	noteAside        = "set-aside"
	noteOldIndex     = "index-older"
)

// faults is the table of faults, in the order of reports.
var faults = [...]Fault{
	{faultRefused, false, false, "Logins are refused.", "Do what the error describes."},
	{faultDirectory, false, true, "Without cur or new logins are refused, without tmp no mail is delivered.",
		"Mount the file system, or make the directory. --fix makes only tmp: without cur or new the mail may be elsewhere."},
	{faultKind, false, false, "The server ignores it. A directory is no message, and links are not followed.", "Look at it, and remove it."},
	{faultOwner, false, false, "The server may be unable to read, rename or delete it.", "Give it to the owner of the Maildir with chown -h."},
	{faultMode, false, true, "The owner may not use it: logins or downloads fail.", "Give the owner the rights with chmod."},
	{faultWritable, false, true, "Other users can replace or delete mail.", "Take the right from others with chmod o-w."},
	{faultUnreadable, false, false, "RETR of the message fails.", "Check the rights and the disk; tpopsctl set-aside hides the message."},
	{faultEncrypted, false, false, "RETR of the message fails: only Dovecot has the key.", "Decrypt it with Dovecot; tpopsctl set-aside hides the message."},
	{faultCorrupt, false, false, "RETR of the message fails, or breaks off.", "Restore the file from a backup; tpopsctl set-aside hides the message."},
	{faultSize, false, false, "LIST has a wrong size; some clients break off or warn. W= always counts, S= with maildir-extended and for quotas.",
		"Remove S= and W= from the name, and pin the old UIDL in tpops_uidl (see tpops-maildir(7))."},
	{faultNewFlags, false, true, "None in POP3. IMAP servers may ignore the flags.", "Move the file to cur."},
	{faultUIDLFile, false, false, "Logins are refused.", "Repair tpops_uidl, or restore it from a backup. Do not delete it: clients would download all mail again."},
	{faultUIDLLine, false, true, "The line is ignored.", "Remove the line from tpops_uidl."},
	{faultUIDLIllegal, false, true, "The line is ignored: a UIDL has 1 to 70 octets from 0x21 to 0x7E.", "Remove the line from tpops_uidl."},
	{faultUIDLDouble, false, true, "The line is ignored: another message has this UIDL.", "Remove the line from tpops_uidl."},
	{faultIndex, false, true, "None, but the next login reads all of the Maildir.", "Remove tpops_index."},
	{faultServed, false, true, "None, but changed UIDLs are not noticed at the next login.", "Remove tpops_served."},
	{faultDotlock, false, true, "Logins with maildir-uidl = dovecot wait for the lock.", "Remove the lock."},
	{faultTmp, false, true, "None, but deliveries that were broken off use space.", "Remove files in tmp that are older than 36 hours."},
	{noteUIDLTwice, true, false, "The last line of the message counts.", "Nothing: clients may remember the other UIDL."},
	{noteUIDLAbsent, true, false, "None. The UIDL is kept for the case that the message comes back.", "Nothing."},
	{noteUIDLHash, true, false, "The UIDL is a hash, since the name is no legal UIDL.", "Nothing, or import the UIDLs of the old server."},
	{noteName, true, false, "The UIDL may be a hash. Other programs may show the name wrongly.", "Nothing: a new name would be a new UIDL."},
	{noteLong, true, false, "There is no room for flags: the message stays new in IMAP.", "Nothing: a new name would be a new UIDL."},
	{noteHidden, true, false, "The server ignores files whose names begin with a dot.", "Look at it. Without the dot it would be a message."},
	{noteTwins, true, false, "Different messages have the same unique name: their UIDLs are hashes.", "Nothing: new names would be new UIDLs."},
	{noteCopies, true, false, "Files with the same unique name and content are one message.", "Nothing: QUIT deletes them together."},
	{noteLinks, true, false, "The file has other names, maybe in other mailboxes. Deleting it frees no space.", "Nothing."},
	{noteList, true, false, "Another server has or had UIDLs for this Maildir.", "See tpops-moving(7). tpopsctl tripwire finds UIDLs that would change."},
	{noteLocked, true, false, "Other sessions get [IN-USE] until the process frees the lock.", "tpopsctl sessions shows the session, tpopsctl kick ends it."},
	{noteServed, true, false, "UIDLs do not all follow from names: tpops_served is there to notice changes.", "Nothing."},
	{noteOldIndex, true, false, "The index is of an older version of TPOPS: the next login reads all of the Maildir.", "Nothing: the next login writes it again."},
	{noteAside, true, false, "Clients do not see the message.", "tpopsctl set-back returns it with its UIDL."},
}
