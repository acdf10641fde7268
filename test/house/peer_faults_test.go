package house

import (
	"testing"
)

// peerFault is a kind of fault that another mail server had, and the tests that
// hold that it is not here.
type peerFault struct {
	kind string
	seen string // where it was
	// proofs are folder.Function, or folder.Function/subtest.
	proofs []string
}

var peerFaults = []peerFault{
	{"an authentication cache answers for another user", "CVE-2025-30189, CVE-2026-27855",
		[]string{"test/daemon.TestCacheOfOthers", "pkg/auth.TestCacheContract", "pkg/auth.TestCache"}},
	{"bad base64 in AUTH disturbs other logins", "CVE-2025-59028",
		[]string{"test/daemon.TestBadBase64", "pkg/pop3.TestTranscripts/auth-broken-off"}},
	{"SQL injection by a user name", "CVE-2026-24031",
		[]string{"test/mysql.TestMySQLInjection", "test/mysql.TestMySQL/login names", "pkg/auth/mysql.TestParseQuery"}},
	{"memory before login grows without bound", "CVE-2026-27857",
		[]string{"test/daemon.TestMemoryBeforeLogin", "pkg/pop3.TestTranscripts/line-too-long"}},
	{"a path made from the user name", "CVE-2026-0394",
		[]string{"pkg/auth/passwdfile.TestNamesInPaths", "pkg/auth.TestMaildropPath", "pkg/auth.FuzzMaildropPath", "pkg/auth/passwdfile.FuzzPasswdLine"}},
	{"SCRAM-PLUS accepted without the binding", "CVE-2026-33603",
		[]string{"pkg/sasl.TestSCRAMPlus", "pkg/sasl.TestFlags", "test/auth.TestChannelBinding"}},
	{"panic at the limit of sessions per user", "CVE-2026-33263",
		[]string{"test/daemon.TestUserLimit", "test/guard.TestGuardLimits", "pkg/guard.TestPerUser"}},
	{"dot-stuffing after a bare CR", "CVE-2026-33604",
		[]string{"pkg/pop3.TestStuffingAfterCR", "pkg/pop3.FuzzWireText"}},
	{"commands injected before STLS", "CVE-2011-0411",
		[]string{"pkg/pop3.TestTranscripts/stls-injection", "test/daemon.TestSTLSInjection"}},
}

// TestHousePeerFaults holds that each kind names its tests, and that there are
// those.
func TestHousePeerFaults(t *testing.T) {
	known := testFunctions(t)
	for _, fault := range peerFaults {
		if len(fault.proofs) == 0 {
			t.Errorf("%s: no test", fault.kind)
		}
		for _, proof := range fault.proofs {
			if complaint := checkProof(proof, known, existsInRepository); complaint != "" {
				t.Errorf("%s: %s", fault.kind, complaint)
			}
		}
	}
}
