package backend

import (
	"os"

	"tpops/pkg/backend/userdb"
	"tpops/pkg/config"
	"tpops/pkg/workers/rights"
)

// Rights returns the rights that a process gives up after it has opened a backend.
// The process keeps the right to write the files and directories in write.
func Rights(c *config.Config, env *Environment, write ...string) *rights.Rights {
	return &rights.Rights{
		Policy: rights.Policy(c, rights.Paths{
			Credentials: os.Getenv("CREDENTIALS_DIRECTORY"),
			Sockets:     userdb.Sockets(c),
			Write:       write,
		}),
		Log:      env.Log,
		Finish:   env.finishLogins,
		ClosePAM: env.PAM.Close,
		Shadow:   userdb.ShadowFile,
	}
}

// finishLogins closes what is used only until a user has logged in.
func (e *Environment) finishLogins() {
	e.Hook.Finish()
	if e.Guard != nil {
		e.Guard.Detach()
	}
}
