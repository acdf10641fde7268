// Package test is empty: the tests that look at TPOPS from outside are in its
// folders.
//
//   - house checks the source tree and the manual; it needs nothing but the checkout.
//   - auth, clients, cluster, control, daemon, dovecot, guard, killed, maildir, migration, mysql,
//     processes, proxy and tls start the program (build tag integration). cluster has more
//     with the build tag cluster, and with the tag nfs those of nfs/machine.sh.
//   - soak has everything happen at once, for as long as you like (build tag integration).
//   - systemd boots containers with the packages installed (build tag systemd).
//   - fixture has the mailboxes, servers and sessions that all of them use; bed,
//     corpus, mariadb and trace serve some.
//   - ossfuzz builds the fuzz targets for OSS-Fuzz.
//   - bench and flood measure; gotest and tools run the tests and the linter.
package test
