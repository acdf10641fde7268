// Package packaging has the tests for the sources of the packages.
package packaging
