// Package system has the databases of system users: passwd and shadow (auth-type =
// passwd), these with passwords for APOP (apop-passwd-file), and PAM (auth-type = pam).
package system
