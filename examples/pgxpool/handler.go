package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rdstls/go/rdstls"
)

const queryTimeout = 5 * time.Second

func newHandler(pool *pgxpool.Pool, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /time", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), queryTimeout)
		defer cancel()
		var now time.Time
		if err := pool.QueryRow(ctx, "select now()").Scan(&now); err != nil {
			reportError(log, err)
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, now.UTC().Format(time.RFC3339))
	})
	return mux
}

// reportError logs what is not for the customer: errors name hosts and users. Of
// err it takes the text alone, as the values of pgx's errors hold the password.
func reportError(log *slog.Logger, err error) {
	d, _ := rdstls.Diagnose(err) // empty if the connection is not to blame
	log.Error("query", "err", err.Error(), "reason", d.Reason, "advice", d.Advice)
}
