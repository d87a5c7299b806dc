package rdsmysql_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/fakedb"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

// openers are the ways to connect to a server s with the parameters of a DSN.
var openers = map[string]func(t *testing.T, s *fakedb.Server, params string) (*sql.DB, error){
	"OpenDB": func(_ *testing.T, s *fakedb.Server, params string) (*sql.DB, error) {
		return rdsmysql.OpenDB(canaryDSN(networkTo(s)+"("+orders+":3306)", params), trust())
	},
	"OpenDB-tunnel": func(_ *testing.T, s *fakedb.Server, params string) (*sql.DB, error) {
		opts := trust()
		opts.ServerName = orders
		return rdsmysql.OpenDB(canaryDSN("tcp("+s.Addr()+")", params), opts)
	},
	"NewConnector": func(t *testing.T, s *fakedb.Server, params string) (*sql.DB, error) {
		return newDB(t, s, params, trust())
	},
	"embedded-roots": func(t *testing.T, s *fakedb.Server, params string) (*sql.DB, error) {
		return newDB(t, s, params, nil)
	},
	"Configure": func(t *testing.T, s *fakedb.Server, params string) (*sql.DB, error) {
		cfg := parse(t, canaryDSN("tcp("+orders+")", params))
		if err := rdsmysql.Configure(cfg, trust()); err != nil {
			return nil, err
		}
		cfg.DialFunc = dialing(s)
		c, err := mysql.NewConnector(cfg)
		if err != nil {
			return nil, err
		}
		return sql.OpenDB(c), nil
	},
}

func newDB(t *testing.T, s *fakedb.Server, params string, opts *rdstls.Options) (*sql.DB, error) {
	cfg := parse(t, canaryDSN("tcp("+orders+")", params))
	cfg.DialFunc = dialing(s)
	c, err := rdsmysql.NewConnector(cfg, opts)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(c), nil
}

func canaryDSN(addr, params string) string {
	return canaryUser + ":" + canaryPassword + "@" + addr + "/" + canaryDatabase + "?" + params
}

// attackers are servers that cannot be the endpoint. With all but the last the
// stock driver, told to skip verification, shakes hands.
var attackers = map[string]fakedb.MySQLOptions{
	"stripped-clear-password": {Plaintext: true, Plugin: fakedb.ClearPassword},
	"stripped-SHA-256":        {Plaintext: true, Plugin: fakedb.SHA256Password},
	"stripped-caching-SHA-2":  {Plaintext: true, Plugin: fakedb.CachingSHA2Password},
	"other-host":              {TLS: serving(ca.Instance(billing)), Plugin: fakedb.ClearPassword},
	"other-region":            {TLS: serving(otherRegionCA.Instance(orders)), Plugin: fakedb.SHA256Password},
	"cloned-root":             {TLS: serving(ca.Impostor().Instance(orders)), Plugin: fakedb.CachingSHA2Password},
	"stripped-MariaDB-own":    {Plaintext: true, Plugin: "client_ed25519"},
}

// permissiveParams allows everything that a DSN can allow.
const permissiveParams = "tls=preferred&allowFallbackToPlaintext=true&allowCleartextPasswords=true&allowOldPasswords=true"

// attack connects to an attacker, which must fail.
func attack(t *testing.T, s *fakedb.Server, open func(*testing.T, *fakedb.Server, string) (*sql.DB, error), params string, refused error) {
	t.Helper()
	db, err := open(t, s, params)
	if err != nil || refused != nil {
		if refused == nil || !errors.Is(err, refused) {
			t.Errorf("%q: error %v, want %v", params, err, refused)
		}
		return
	}
	defer db.Close()
	if err := db.PingContext(bounded(t)); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%q: Ping = %v, want it refused", params, err)
	}
}
