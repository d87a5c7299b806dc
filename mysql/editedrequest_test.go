package rdsmysql_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rdstls/go/internal/dbservers"
	rdsmysql "github.com/rdstls/go/mysql"
)

// tlsRequestLength is that of the packet with which the driver asks for TLS.
const tlsRequestLength = 4 + 32

// A requestEditor edits that packet on its way to the server.
type requestEditor struct {
	net.Conn
	edit func([]byte)
}

func (c *requestEditor) Write(p []byte) (int, error) {
	if c.edit != nil && len(p) == tlsRequestLength {
		p = slices.Clone(p)
		c.edit(p)
		c.edit = nil
	}
	return c.Conn.Write(p)
}

// requestEdits are what an attacker does to the TLS request, by name.
func requestEdits() map[string]func([]byte) {
	all := map[string]func([]byte){
		"charset":    func(p []byte) { p[12] = 28 }, // gbk
		"max-packet": func(p []byte) { copy(p[8:], []byte{1, 0, 0, 0}) },
		"all-clear":  func(p []byte) { copy(p[4:], []byte{0, 0x0a, 0, 0}) }, // but TLS and the protocol
		"all-set":    func(p []byte) { copy(p[4:], []byte{0xdf, 0xff, 0xff, 0xff}) },
	}
	for n := range 32 {
		all[fmt.Sprintf("bit-%d", n)] = func(p []byte) { p[4+n/8] ^= 1 << (n % 8) }
	}
	for n := range 8 { // MariaDB reads them if bit 0 is clear
		all[fmt.Sprintf("extended-%d", n)] = func(p []byte) { p[4] ^= 1; p[32] ^= 1 << n }
	}
	return all
}

// TestRealEditedTLSRequest checks, on real servers, that an attacker who edits the
// TLS request of the client, which the servers believe, gets no secret into an error.
// What they can do is in docs/threat-model.md.
func TestRealEditedTLSRequest(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		asLongUser(t, s)
		forEachEdit(requestEdits(), func(name string, edit func([]byte)) {
			cfg := realConfig(t, s, orders)
			cfg.User, cfg.Passwd = longUser, longPassword
			cfg.MultiStatements, cfg.ClientFoundRows, cfg.AllowCleartextPasswords = true, true, true
			cfg.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) {
				conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.Addr)
				return &requestEditor{conn, edit}, err
			}
			c, err := rdsmysql.NewConnector(cfg, trust())
			if err != nil {
				t.Error(err)
				return
			}
			// A server that expects compression waits for more than comes.
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			conn, err := c.Connect(ctx)
			if err == nil {
				err = conn.Close()
			}
			if err != nil && strings.Contains(err.Error(), "Secret/") {
				t.Errorf("%s: the error holds the password: %v", name, err)
			}
		})
	})
}
