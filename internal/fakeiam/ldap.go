package fakeiam

import (
	"bufio"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// An LDAP is a server to which PostgreSQL's authentication method "ldap" can
// delegate logins: it asks the client for the password in cleartext, as RDS does for
// IAM tokens, and passes it on in a simple bind. Unlike PAM, it needs neither
// root nor a file in /etc, and cuts no token short.
type LDAP struct {
	listener net.Listener
	check    func(user, password string) error
	wg       sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]bool
	closed bool
}

// The names that a PostgreSQL user has for the server. In the absence of
// escaping, a user with a comma in its name would be another one.
const (
	ldapPrefix = "cn="
	ldapSuffix = ",dc=rds"
)

// ListenLDAP starts a server on a free port of 127.0.0.1 that asks check about
// every login. A non-nil error refuses it. The server is closed when the test ends.
func ListenLDAP(tb testing.TB, check func(user, password string) error) *LDAP {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	l := &LDAP{listener: listener, check: check, conns: make(map[net.Conn]bool)}
	l.wg.Go(l.accept)
	tb.Cleanup(func() {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) { // tests close it as well
			tb.Error(err)
		}
	})
	return l
}

// HBA returns the line of pg_hba.conf that sends logins of user over TLS to the
// server.
func (l *LDAP) HBA(user string) string {
	return fmt.Sprintf(`hostssl all %s 127.0.0.1/32 ldap ldapserver=127.0.0.1 ldapport=%d ldapprefix="%s" ldapsuffix="%s"`,
		user, l.listener.Addr().(*net.TCPAddr).Port, ldapPrefix, ldapSuffix)
}

// Close stops the server, closes its connections and waits for them.
func (l *LDAP) Close() error {
	err := l.listener.Close()
	l.mu.Lock()
	l.closed = true
	for conn := range l.conns {
		conn.Close()
	}
	l.mu.Unlock()
	l.wg.Wait()
	return err
}

func (l *LDAP) accept() {
	for {
		conn, err := l.listener.Accept()
		if err != nil {
			return
		}
		if !l.add(conn) {
			conn.Close()
			return
		}
		l.wg.Go(func() {
			defer l.remove(conn)
			_ = l.serve(conn) // what fails is the login, and its client says so
		})
	}
}

func (l *LDAP) add(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.conns[conn] = true
	}
	return !l.closed
}

func (l *LDAP) remove(conn net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, conn)
	conn.Close()
}

// Messages of LDAP (RFC 4511, Sections 4.1 and 4.2).
type (
	ldapMessage struct {
		ID        int
		Operation asn1.RawValue
	}
	bindRequest struct {
		Version        int
		Name           []byte
		Authentication asn1.RawValue
	}
	bindResponse struct {
		ID     int
		Result bindResult `asn1:"application,tag:1"`
	}
	bindResult struct {
		Code            asn1.Enumerated
		MatchedDN, Text []byte
	}
)

const (
	bindOperation      = 0 // tag, of class application
	simple             = 0 // tag, context-specific
	success            = 0
	invalidCredentials = 49
	longestMessage     = 1 << 20
)

// serve answers binds until the client leaves or asks for anything else, which
// PostgreSQL does only to leave.
func (l *LDAP) serve(conn net.Conn) error {
	r := bufio.NewReader(conn)
	for {
		raw, err := readBER(r)
		if err != nil {
			return err
		}
		var message ldapMessage
		if _, err := asn1.Unmarshal(raw, &message); err != nil {
			return err
		}
		if message.Operation.Class != asn1.ClassApplication || message.Operation.Tag != bindOperation {
			return errors.New("fakeiam: not a bind")
		}
		code, err := l.bind(message.Operation.Bytes)
		if err != nil {
			return err
		}
		answer, err := asn1.Marshal(bindResponse{ID: message.ID, Result: bindResult{Code: code}})
		if err != nil {
			return err
		}
		if _, err := conn.Write(answer); err != nil {
			return err
		}
	}
}

func (l *LDAP) bind(body []byte) (asn1.Enumerated, error) {
	var request bindRequest
	rest, err := asn1.Unmarshal(body, &request.Version)
	if err == nil {
		rest, err = asn1.Unmarshal(rest, &request.Name)
	}
	if err == nil {
		_, err = asn1.Unmarshal(rest, &request.Authentication)
	}
	if err != nil {
		return 0, err
	}
	user, prefixed := strings.CutPrefix(string(request.Name), ldapPrefix)
	user, suffixed := strings.CutSuffix(user, ldapSuffix)
	method := request.Authentication
	if !prefixed || !suffixed || strings.ContainsAny(user, `,=+\`) || method.Tag != simple || len(method.Bytes) == 0 ||
		l.check(user, string(method.Bytes)) != nil {
		return invalidCredentials, nil
	}
	return success, nil
}

// readBER reads one element. [asn1] wants all of it, and DER's form of lengths;
// clients of LDAP may use longer ones.
func readBER(r *bufio.Reader) ([]byte, error) {
	var header [2]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, err
	}
	n := int(header[1])
	if n&0x80 != 0 {
		length := make([]byte, n&0x7f)
		if len(length) == 0 || len(length) > 4 {
			return nil, errors.New("fakeiam: length of an LDAP message")
		}
		if _, err := io.ReadFull(r, length); err != nil {
			return nil, err
		}
		n = 0
		for _, b := range length {
			n = n<<8 | int(b)
		}
	}
	if n > longestMessage {
		return nil, errors.New("fakeiam: LDAP message is too long")
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, err
	}
	return asn1.Marshal(asn1.RawValue{Class: int(header[0] >> 6), Tag: int(header[0] & 0x1f), IsCompound: header[0]&0x20 != 0, Bytes: body})
}
