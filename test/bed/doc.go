// Package bed boots machines to test with: a Debian with its systemd as PID 1,
// in a container of its own, up in about a second and gone without a trace at
// the end of the test.
//
// What a machine is made of is built once and kept: a root of Debian for each
// Suite, and above it a layer for each set of further packages (build.sh). The
// machine's own changes are on a tmpfs (machine.sh), so each test starts with a
// fresh one, and several can run at once. They are kept in
// /var/cache/tpops-test, or in the folder that TPOPS_TEST_CACHE names. It can
// be removed at any time when no test runs.
//
// A machine has no network but its own loopback; Dial reaches that. It shares
// the kernel with the machine that the test runs on, which has its limits:
//
//   - Limits of memory, processes and processor time may be accepted and not
//     enforced, and AppArmor is as it is outside.
//   - What Run starts is outside the machine's cgroups and has all
//     capabilities; for tests of privileges there is RunUnit.
//   - A core file goes to the place that the outer machine's core_pattern names.
package bed
