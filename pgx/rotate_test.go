package rdspgx_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/secretfile"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// A password that another program changes, as the rotation of AWS Secrets Manager
// does, is read anew for each connection. Here it is in a file, where an agent or
// a volume keeps the secret up to date; a client of Secrets Manager with a cache
// fits in the same place.
func Example_rotatingSecret() {
	readSecret := func(_ context.Context, endpoint, user string) (string, error) {
		data, err := os.ReadFile("/run/secrets/orders.json")
		if err != nil {
			return "", err
		}
		var secret struct{ Username, Password string }
		if json.Unmarshal(data, &secret) != nil || secret.Username != user {
			return "", fmt.Errorf("the secret for %s is not one of user %s", endpoint, user)
		}
		return secret.Password, nil
	}

	ctx := context.Background()
	pool, err := rdspgx.NewPool(ctx,
		"postgres://app@orders.c9akciq32.eu-west-1.rds.amazonaws.com:5432/orders?channel_binding=require",
		&rdstls.Options{Password: readSecret})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()
}

// TestRotatingSecret changes the password of a user while a pool lives: first in
// the database, then in the secret. In between, connections are refused, as they
// are with a rotation by Secrets Manager, and the pool goes on afterwards.
func TestRotatingSecret(t *testing.T) {
	t.Parallel()
	const role = "rotating"
	servers.Each(t, func(t *testing.T, shared *dbservers.Server) {
		s := dbservers.Start(t, shared.Installation, realOptions(ca.Instance(orders)))
		admin, err := pgx.ConnectConfig(bounded(t), realConfig(t, s, asURL.dsn([]string{orders}), trust()))
		if err != nil {
			t.Fatal(err)
		}
		defer admin.Close(t.Context())
		change := func(statement, password string) {
			t.Helper()
			if _, err := admin.Exec(bounded(t), statement+" role "+role+" login password '"+password+"'"); err != nil {
				t.Fatal(err)
			}
		}
		secret := secretfile.New(t)
		opts := trustWith(secret.Read)
		cfg := realConfig(t, s, "user="+role+" dbname="+dbservers.Database+" channel_binding=require require_auth=scram-sha-256 host="+orders, opts)
		pool := poolOf(t, cfg, 4)

		if err := pool.Ping(bounded(t)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("Ping without a secret = %v, want %v", err, os.ErrNotExist)
		}
		change("create", "first")
		secret.Write(t, role, "first")
		old, err := pool.Acquire(bounded(t))
		if err != nil {
			t.Fatalf("Acquire = %v, want nil", err)
		}
		defer old.Release()
		for i, password := range []string{"second", "third"} {
			change("alter", password)
			var refused *pgconn.PgError
			if err := pool.Ping(bounded(t)); !errors.As(err, &refused) || refused.Code != "28P01" {
				t.Errorf("rotation %d: Ping with the old secret = %v, want it refused", i, err)
			}
			secret.Write(t, role, password)
			conn, err := pool.Acquire(bounded(t))
			if err != nil {
				t.Errorf("rotation %d: Acquire with the new secret = %v, want nil", i, err)
				continue
			}
			if err := errors.Join(conn.Ping(bounded(t)), old.Ping(bounded(t))); err != nil {
				t.Errorf("rotation %d: Ping of the connections = %v, want nil", i, err)
			}
			conn.Release()
			pool.Reset()
		}
		secret.Write(t, "somebody", "third")
		if err := pool.Ping(bounded(t)); err == nil {
			t.Error("Ping with the secret of another user = nil, want an error")
		}
		if cfg.Password != "" {
			t.Errorf("the configuration holds the password %q", cfg.Password)
		}
	})
}
