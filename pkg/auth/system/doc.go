// Package system has the user databases of the system's own users: passwd and
// shadow (auth-type = passwd), the same with passwords for APOP
// (apop-passwd-file), and PAM (auth-type = pam).
package system
