package fakeiam

import (
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
)

// bindMessage is a simple bind as clients send it.
func bindMessage(t testing.TB, id int, dn, password string) []byte {
	t.Helper()
	body, err := asn1.Marshal(struct {
		ID   int
		Bind struct {
			Version  int
			Name     []byte
			Password []byte `asn1:"tag:0"`
		} `asn1:"application,tag:0"`
	}{ID: id, Bind: struct {
		Version  int
		Name     []byte
		Password []byte `asn1:"tag:0"`
	}{3, []byte(dn), []byte(password)}})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func dialLDAP(t *testing.T, check func(user, password string) error) (*LDAP, net.Conn) {
	t.Helper()
	l := ListenLDAP(t, check)
	conn, err := net.Dial("tcp", l.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return l, conn
}

func TestLDAP(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("p", 65_000)
	l, conn := dialLDAP(t, func(user, password string) error {
		if user == "app" && (password == "secret" || password == long) {
			return nil
		}
		return errors.New("refused")
	})
	for i, tt := range []struct {
		dn, password string
		want         byte
	}{
		{"cn=app,dc=rds", "secret", success},
		{"cn=app,dc=rds", long, success},
		{"cn=app,dc=rds", long + "p", invalidCredentials},
		{"cn=app,dc=rds", "wrong", invalidCredentials},
		{"cn=app,dc=rds", "", invalidCredentials}, // an "unauthenticated bind"
		{"cn=other,dc=rds", "secret", invalidCredentials},
		{"app", "secret", invalidCredentials},
		{"cn=app", "secret", invalidCredentials},
		{"cn=app,dc=other,dc=rds", "secret", invalidCredentials},
	} {
		id := 100 + 20*i // of one byte, then two
		if _, err := conn.Write(bindMessage(t, id, tt.dn, tt.password)); err != nil {
			t.Fatal(err)
		}
		want, err := asn1.Marshal(id)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, 0x61, 7, 0x0a, 1, tt.want, 4, 0, 4, 0) // RFC 4511, Section 4.2.2
		want = append([]byte{0x30, byte(len(want))}, want...)
		got := make([]byte, len(want))
		if _, err := io.ReadFull(conn, got); err != nil {
			t.Fatalf("%q: %v", tt.dn, err)
		}
		if string(got) != string(want) {
			t.Errorf("bind as %q: %x, want %x", tt.dn, got, want)
		}
	}
	if want := fmt.Sprintf("ldapport=%s ", strconv.Itoa(l.listener.Addr().(*net.TCPAddr).Port)); !strings.Contains(l.HBA("app"), want) {
		t.Errorf("HBA = %q, want %q in it", l.HBA("app"), want)
	}
}

// TestLDAPMalformed sends what no client does: the server hangs up.
func TestLDAPMalformed(t *testing.T) {
	t.Parallel()
	for name, message := range map[string][]byte{
		"nothing":         {},
		"not-a-sequence":  {0x04, 1, 0},
		"unbind":          {0x30, 5, 2, 1, 1, 0x42, 0},
		"empty-bind":      {0x30, 5, 2, 1, 1, 0x60, 0},
		"indefinite":      {0x30, 0x80},
		"long-length":     {0x30, 0x85, 1, 1, 1, 1, 1},
		"too-long":        {0x30, 0x84, 0xff, 0xff, 0xff, 0xff},
		"ends-in-length":  {0x30, 0x82, 1},
		"ends-in-message": {0x30, 7, 2, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, conn := dialLDAP(t, func(string, string) error { t.Error("asked about a login"); return nil })
			if _, err := conn.Write(message); err != nil {
				t.Fatal(err)
			}
			if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			// The server may close with something unread, which resets the connection.
			if b, _ := io.ReadAll(conn); len(b) > 0 {
				t.Errorf("answered %x, want nothing", b)
			}
		})
	}
}

// TestLDAPClose checks that Close does not wait for a client that stays.
func TestLDAPClose(t *testing.T) {
	t.Parallel()
	l, conn := dialLDAP(t, func(string, string) error { return nil })
	if _, err := conn.Write(bindMessage(t, 1, "cn=app,dc=rds", "secret")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, make([]byte, 14)); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("Close = %v, want nil", err)
	}
	if b, _ := io.ReadAll(conn); len(b) > 0 {
		t.Errorf("received %x after Close", b)
	}
}
