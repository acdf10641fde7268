//go:build !pam || !cgo

package main

import "tpops/pkg/pam"

// why is why the program is of no use.
const why = "built without PAM; it takes cgo and the build tag pam"

// ask is never called, see why.
func ask(*pam.Request) *pam.Answer { return &pam.Answer{Outcome: pam.Trouble, Text: why} }
