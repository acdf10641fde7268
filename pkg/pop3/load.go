package pop3

import (
	"context"
	"fmt"
)

// load gets the messages of a mailbox that has only what they come to.
func (t *transaction) load(ctx context.Context) error {
	loader, isLazy := t.mailbox.(Loader)
	if !isLazy {
		return nil
	}
	if err := loader.Load(ctx); err != nil {
		return fmt.Errorf("list messages: %w", err)
	}
	return nil
}

// onMessages is inTransaction for a command that needs the messages, and not only what
// they come to.
func onMessages(f func(*transaction, context.Context, []string) (reply, error)) handler {
	return inTransaction(func(t *transaction, ctx context.Context, args []string) (reply, error) {
		if err := t.load(ctx); err != nil {
			return reply{}, err
		}
		return f(t, ctx, args)
	})
}
