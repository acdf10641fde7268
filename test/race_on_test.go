//go:build race

package test

// raceDetector says that the tests run with the race detector.
const raceDetector = true
