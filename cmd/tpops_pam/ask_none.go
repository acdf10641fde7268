//go:build !pam || !cgo

package main

import "tpops/pkg/pam"

// unavailable is why the program cannot be used.
const unavailable = "built without PAM: build it with cgo and the tag pam"

// ask is never called, see unavailable.
func ask(*pam.Request) *pam.Answer { return &pam.Answer{Outcome: pam.Failed, Text: unavailable} }
