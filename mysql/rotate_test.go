package rdsmysql_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/secretfile"
	rdsmysql "github.com/rdstls/go/mysql"
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

	db, err := rdsmysql.OpenDB(
		"app@tcp(orders.c9akciq32.eu-west-1.rds.amazonaws.com:3306)/orders",
		&rdstls.Options{Password: readSecret})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
}

// TestRotatingSecret changes the password of an account while a pool lives: first
// in the database, then in the secret. In between, connections are refused, as
// they are with a rotation by Secrets Manager, and the pool goes on afterwards.
func TestRotatingSecret(t *testing.T) {
	t.Parallel()
	const account = "rotating"
	plugins := map[dbservers.Kind]string{ // by default
		dbservers.MySQL:   "caching_sha2_password",
		dbservers.MariaDB: "mysql_native_password",
	}
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		t.Parallel()
		admin := open(t, realConfig(t, s, orders), trust())
		change := func(statement, password string) {
			t.Helper()
			if _, err := admin.ExecContext(t.Context(), statement+" USER '"+account+"'@'%' IDENTIFIED BY '"+password+"' REQUIRE SSL"); err != nil {
				t.Fatal(err)
			}
		}
		secret := secretfile.New(t)
		opts := trustWith(secret.Read)
		cfg := realConfig(t, s, orders)
		cfg.User, cfg.Passwd, cfg.DBName = account, "of-the-dsn", ""
		db := open(t, cfg, opts)
		db.SetMaxIdleConns(-1)

		if err := db.PingContext(t.Context()); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("Ping without a secret = %v, want %v", err, os.ErrNotExist)
		}
		change("CREATE", "first")
		secret.Write(t, account, "first")
		old, err := db.Conn(t.Context())
		if err != nil {
			t.Fatalf("Conn = %v, want nil", err)
		}
		defer old.Close()
		var plugin string
		if err := admin.QueryRowContext(t.Context(), "SELECT plugin FROM mysql.user WHERE user = ?", account).Scan(&plugin); err != nil || plugin != plugins[s.Kind] {
			t.Errorf("the account's plugin is %q, %v, want %q", plugin, err, plugins[s.Kind])
		}
		for i, password := range []string{"second", "third"} {
			change("ALTER", password)
			var refused *mysql.MySQLError
			if err := db.PingContext(t.Context()); !errors.As(err, &refused) || refused.Number != 1045 {
				t.Errorf("rotation %d: Ping with the old secret = %v, want error 1045", i, err)
			}
			secret.Write(t, account, password)
			// The second time, caching_sha2_password has the password in its cache.
			if err := errors.Join(db.PingContext(t.Context()), db.PingContext(t.Context()), old.PingContext(t.Context())); err != nil {
				t.Errorf("rotation %d: Ping of new connections and of the old one = %v, want nil", i, err)
			}
		}
		secret.Write(t, "somebody", "third")
		if err := db.PingContext(t.Context()); err == nil {
			t.Error("Ping with the secret of another user = nil, want an error")
		}
		if cfg.Passwd != "of-the-dsn" {
			t.Errorf("the configuration holds the password %q", cfg.Passwd)
		}
	})
}
