package main

import (
	"fmt"
	"os"
	"strconv"

	"tpops/pkg/setup"
)

// askTLS asks which of the certificates to use.
func (o *setupOptions) askTLS(c *setup.Choice) error {
	if o.given["tls-cert"] || c.NoTLS || o.machine.HasOwnTLS() {
		return nil
	}
	preset := c.Cert
	if preset == "" {
		preset = "none"
	}
	question := "Certificate: file in PEM, or none"
	if len(o.machine.Certificates) > 0 {
		question = "Certificate: number, file in PEM, or none"
	}
	answer, err := o.asker.ask(question, preset, o.checkCertificate)
	if err != nil || answer == c.Cert {
		return err
	}
	if answer == "none" {
		c.Cert, c.Key = "", ""
		return nil
	}
	if n, err := strconv.Atoi(answer); err == nil {
		c.Cert, c.Key = o.machine.Certificates[n-1].Cert, o.machine.Certificates[n-1].Key
		return nil
	}
	c.Cert = answer
	c.Key, err = o.asker.ask("Its private key", "", readablePath)
	return err
}

// checkCertificate returns why an answer selects no certificate, or nil.
func (o *setupOptions) checkCertificate(answer string) error {
	if answer == "none" {
		return nil
	}
	n, err := strconv.Atoi(answer)
	if err != nil {
		return readablePath(answer)
	}
	if n < 1 || n > len(o.machine.Certificates) {
		return fmt.Errorf("there is no certificate %d", n)
	}
	return nil
}

// readablePath returns why a path is no file that setup can use, or nil.
func readablePath(name string) error {
	if err := setup.CheckPath(name); err != nil {
		return err
	}
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	return file.Close()
}
