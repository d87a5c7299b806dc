package rdsmysql_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/fakedb"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

// leak says what c shows of the client that it should not, or nothing. A client
// that was not offered TLS should not even ask for it.
func leak(c *fakedb.Conn, offered bool) string {
	for _, secret := range []string{password, user, database} {
		if c.Contains(secret) {
			return "the word " + secret
		}
	}
	_, secure := c.TLS()
	switch plain := c.Plain(); {
	case secure:
		return "a TLS connection"
	case len(c.Secure()) > 0:
		return fmt.Sprintf("%.100q inside TLS", c.Secure())
	case len(plain) == 0:
		return ""
	case !offered || !isTLSRequest(plain):
		return fmt.Sprintf("%.100q outside TLS", plain)
	}
	return ""
}

// isTLSRequest reports whether b is Protocol::SSLRequest and nothing else but
// records of TLS, which the server did not take as such: a header, capabilities
// with CLIENT_SSL, no maximum, a collation, and zeros.
func isTLSRequest(b []byte) bool {
	return len(b) >= 36 && bytes.Equal(b[:4], []byte{32, 0, 0, 1}) && b[5]&8 != 0 &&
		bytes.Equal(b[8:12], make([]byte, 4)) && bytes.Equal(b[13:36], make([]byte, 23)) && areRecords(b[36:])
}

// areRecords reports whether b is a ClientHello and alerts, all of them records
// of a type, a version, and a length.
func areRecords(b []byte) bool {
	for len(b) > 0 {
		if len(b) < 5 || b[0] != 21 && b[0] != 22 || b[1] != 3 {
			return false
		}
		n := 5 + int(b[3])<<8 + int(b[4])
		if n > len(b) {
			return false
		}
		b = b[n:]
	}
	return true
}

// ways are the ways to connect to a server s with the parameters of a DSN.
var ways = map[string]func(t *testing.T, s *fakedb.Server, params string) (*sql.DB, error){
	"OpenDB": func(_ *testing.T, s *fakedb.Server, params string) (*sql.DB, error) {
		return rdsmysql.OpenDB(canaryDSN(networkTo(s)+"("+host+":3306)", params), trusting())
	},
	"OpenDB through a tunnel": func(_ *testing.T, s *fakedb.Server, params string) (*sql.DB, error) {
		opts := trusting()
		opts.ServerName = host
		return rdsmysql.OpenDB(canaryDSN("tcp("+s.Addr()+")", params), opts)
	},
	"NewConnector": func(t *testing.T, s *fakedb.Server, params string) (*sql.DB, error) {
		return newDB(t, s, params, trusting())
	},
	"embedded roots": func(t *testing.T, s *fakedb.Server, params string) (*sql.DB, error) {
		return newDB(t, s, params, nil)
	},
	"Configure": func(t *testing.T, s *fakedb.Server, params string) (*sql.DB, error) {
		cfg := parse(t, canaryDSN("tcp("+host+")", params))
		if err := rdsmysql.Configure(cfg, trusting()); err != nil {
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
	cfg := parse(t, canaryDSN("tcp("+host+")", params))
	cfg.DialFunc = dialing(s)
	c, err := rdsmysql.NewConnector(cfg, opts)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(c), nil
}

func canaryDSN(addr, params string) string {
	return user + ":" + password + "@" + addr + "/" + database + "?" + params
}

// attackers are servers that cannot be the endpoint. With all but the last the
// stock driver, told to skip verification, shakes hands.
var attackers = map[string]fakedb.MySQLOptions{
	"stripped, clear password": {Plaintext: true, Plugin: fakedb.ClearPassword},
	"stripped, SHA-256":        {Plaintext: true, Plugin: fakedb.SHA256Password},
	"stripped, caching SHA-2":  {Plaintext: true, Plugin: fakedb.CachingSHA2Password},
	"other instance":           {TLS: serving(authority().Instance(other)), Plugin: fakedb.ClearPassword},
	"other Region":             {TLS: serving(strange().Instance(host)), Plugin: fakedb.SHA256Password},
	"copied authority":         {TLS: serving(authority().Impostor().Instance(host)), Plugin: fakedb.CachingSHA2Password},
	"stripped, MariaDB's own":  {Plaintext: true, Plugin: "client_ed25519"},
}

// worst allows everything that a DSN can allow.
const worst = "tls=preferred&allowFallbackToPlaintext=true&allowCleartextPasswords=true&allowOldPasswords=true"

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
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	if err := db.PingContext(ctx); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%q: Ping = %v, want it refused", params, err)
	}
}

// heardNothing fails the test unless s was connected to and heard nothing.
func heardNothing(t *testing.T, s *fakedb.Server) {
	t.Helper()
	conns := ended(t, s)
	if len(conns) == 0 {
		t.Error("nobody connected")
	}
	for i, c := range conns {
		if got := leak(c, true); got != "" {
			t.Errorf("connection %d of %d: the attacker heard %s", i+1, len(conns), got)
		}
	}
}
