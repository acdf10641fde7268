package house

// The reasons of several exceptions.
const (
	optionalInterface = "an optional interface: other packages have its methods, and need not name it"
	documentedError   = "documented as the error of a function, so that a caller can compare with it"
	fieldValue        = "a value of a field of Options, which other packages copy from the configuration"
	eventName         = "an event of a session; a test of pkg/eventlog compares its table with the list"
	oneOfList         = "one of a list of values, of which other packages use some"
)

// overLimitsAllowed are the files and functions that may be over the limits.
var overLimitsAllowed = exceptions{}

// unusedAllowed are the exported names that need no use in another package.
var unusedAllowed = exceptions{
	"pkg/auth.Ways":              optionalInterface,
	"pkg/maildir.Open":           "for tests of other packages, which open one mailbox",
	"pkg/maildir.UIDLCourier":    fieldValue,
	"pkg/maildir.UIDLDovecot":    fieldValue,
	"pkg/password.NewSeenMemory": "for tests of other packages, without a file",
	"pkg/password.Schemes":       "for the house test that compares the manual pages with the list",
	"pkg/pop3.BackendConn":       optionalInterface,
	"pkg/pop3.CodeDelay":         oneOfList,
	"pkg/pop3.ErrCommand":        oneOfList,
	"pkg/pop3.ErrExpired":        oneOfList,
	"pkg/pop3.ErrFewMany":        oneOfList,
	"pkg/pop3.ErrLanguage":       oneOfList,
	"pkg/pop3.ErrMany":           oneOfList,
	"pkg/pop3.ErrNoTLS":          oneOfList,
	"pkg/pop3.ErrTLSActive":      oneOfList,
	"pkg/pop3.ErrTooLong":        oneOfList,
	"pkg/pop3.ErrUnread":         oneOfList,
	"pkg/pop3.ErrXCLIENT":        oneOfList,
	"pkg/pop3.EventAccept":       eventName,
	"pkg/pop3.EventBrokenOff":    eventName,
	"pkg/pop3.EventDebug":        eventName,
	"pkg/pop3.EventDeleted":      eventName,
	"pkg/pop3.EventFetchedAgain": eventName,
	"pkg/pop3.EventKept":         eventName,
	"pkg/pop3.EventLogin":        eventName,
	"pkg/pop3.EventLoginFailed":  eventName,
	"pkg/pop3.EventRecorded":     eventName,
	"pkg/pop3.EventRefused":      eventName,
	"pkg/pop3.EventRetrieved":    eventName,
	"pkg/pop3.EventTrouble":      eventName,
	"pkg/pop3.EventUnconfirmed":  eventName,
	"pkg/pop3.EventUnreadable":   eventName,
	"pkg/pop3.Remote":            optionalInterface,
	"pkg/proxy.ClientPROXY":      fieldValue,
	"pkg/proxy.ClientXCLIENT":    fieldValue,
	"pkg/sasl.Names":             "for tests of other packages, which compare their tables with the list",
}
