package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/rdstls/go/rdstls"
)

// A probe tells whether the database of db can be used. It works with rdsmysql as
// well as with rdspgx.
type probe struct {
	db      *sql.DB
	timeout time.Duration // less than the orchestrator's own
	log     *slog.Logger
}

// ready answers 200 if a connection to a verified server works, and otherwise 503
// with a word that says why. Anybody in the network may read that answer. What to
// do about it goes to the log.
func (p probe) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), p.timeout)
	defer cancel()
	err := p.db.PingContext(ctx)
	if err == nil {
		fmt.Fprintln(w, "ready: connected and verified")
		return
	}
	reason, advice := why(err)
	p.log.ErrorContext(ctx, "not ready", "reason", reason, "advice", advice, "error", err.Error())
	http.Error(w, "not ready: "+reason, http.StatusServiceUnavailable)
}

// why returns a word for the answer and a sentence for the log.
func why(err error) (reason, advice string) {
	if d, ok := rdstls.Diagnose(err); ok {
		return string(d.Reason), d.Advice
	}
	// Verification has no part in these: the network, or all connections are in use.
	if errors.Is(err, context.DeadlineExceeded) {
		return "no-answer", ""
	}
	return "other", ""
}

// live answers 200 as long as the process can answer at all.
func live(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprintln(w, "alive")
}
