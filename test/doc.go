// Package test holds the tests that look at TPOPS from outside: at the source
// tree (house_*_test.go), and with the build tag integration at the program,
// with real mail clients, a real database and as root.
package test
