package house

// promise is a row of the manual of TPOPS 0.8, or something that its program
// does beyond it, and the tests that prove that it holds here.
type promise struct {
	// about is the parameter, or parameter=value for a value that is a row of its
	// own; otherwise the chapter.
	about string
	says  string
	// proofs are folder.Function, or folder.Function/subtest.
	proofs []string
}
