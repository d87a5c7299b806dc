package sessions

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// unresponsive is a database that answers nothing.
type unresponsive struct{}

func (unresponsive) Connect(ctx context.Context) (driver.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func (unresponsive) Driver() driver.Driver { return nil }

// TestSampleTimeLimit checks that a database which answers nothing does not hold a
// sample.
func TestSampleTimeLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &Server{driver: Postgres, db: sql.OpenDB(unresponsive{})}
		defer s.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		start := time.Now()
		if _, err := s.Sample(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
			t.Errorf("Sample = %v after %v, want %v after a minute", err, time.Since(start), context.DeadlineExceeded)
		}
	})
}
