package main

import (
	"context"
	"errors"
	"time"

	"github.com/rdstls/go/rdstls"
)

// ownTimeout bounds the connection to a server of the user's.
const ownTimeout = 30 * time.Second

// connectOwn makes the verified connection to a server of the user's.
func connectOwn(ctx context.Context, t *transcript, db database, dsn string, opts *rdstls.Options) int {
	ctx, cancel := context.WithTimeout(ctx, ownTimeout)
	defer cancel()
	t.line("%s, with %s:", db.name, db.adapter)
	c, err := db.own(ctx, dsn, opts)
	if err != nil {
		t.failed("not connected: %s", reason(err, db.passwordIn(dsn)))
		d, ok := rdstls.Diagnose(err)
		if ok {
			t.fact("%s: %s", d.Reason, d.Advice)
		}
		switch {
		case d.Reason == rdstls.ReasonLogin:
			t.fact("the server was verified before it refused the login")
		case d.Reason == rdstls.ReasonNotRDS, d.Reason == rdstls.ReasonName, errors.Is(err, rdstls.ErrNotEndpoint):
			t.fact("here, Options.ServerName is -server-name, and Options.Roots is -roots")
		}
		return t.status()
	}
	t.connected(c)
	return t.status()
}
