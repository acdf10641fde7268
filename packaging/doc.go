// Package packaging holds the tests of what the packages are made from.
package packaging
