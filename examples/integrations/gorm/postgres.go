package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"

	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// openPostgres opens a database for the field Conn of GORM's configuration. Two things
// that GORM does for a DSN it does not do for Conn (gorm.io/driver/postgres v1.6.3,
// Initialize):
//
//   - PreferSimpleProtocol: true has no effect. Write
//     default_query_exec_mode=simple_protocol into the connection string instead.
//   - With TimeZone=… in the string, timestamps without a time zone are in that zone.
//     Here that is the hook below. Without it they are in UTC.
func openPostgres(connString string, opts *rdstls.Options) (*sql.DB, error) {
	cfg, err := rdspgx.ParseConfig(connString, opts)
	if err != nil {
		return nil, err
	}
	for name, zone := range cfg.RuntimeParams {
		if !strings.EqualFold(name, "TimeZone") {
			continue
		}
		loc, err := time.LoadLocation(zone)
		if err != nil {
			return nil, fmt.Errorf("TimeZone: %w", err)
		}
		return stdlib.OpenDB(*cfg, stdlib.OptionAfterConnect(func(_ context.Context, conn *pgx.Conn) error {
			conn.TypeMap().RegisterType(&pgtype.Type{
				Name: "timestamp", OID: pgtype.TimestampOID, Codec: &pgtype.TimestampCodec{ScanLocation: loc},
			})
			return nil
		})), nil
	}
	return stdlib.OpenDB(*cfg), nil
}
