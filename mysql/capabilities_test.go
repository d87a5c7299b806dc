package rdsmysql_test

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"net"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/dbservers"
)

// TestRealCapabilities checks that an attacker who clears all capabilities of a
// greeting but TLS takes none from the client: it asks for those that the stock driver
// asks for if nobody edits, but for CLIENT_DEPRECATE_EOF, and for CLIENT_LONG_PASSWORD,
// without which MariaDB's extended capabilities count.
func TestRealCapabilities(t *testing.T) {
	t.Parallel()
	const longPassword, deprecateEOF = 1 << 0, 1 << 24
	onlyTLS := func(p []byte) []byte {
		copy(p[partsOf(p).lower:], []byte{0, 1 << (11 - 8)})
		copy(p[partsOf(p).upper:], []byte{0, 0})
		return p
	}
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		requested := func(connector func(*mysql.Config) driver.Connector, edit func([]byte) []byte) (capabilities uint32) {
			cfg := realConfig(t, s, orders)
			cfg.MultiStatements, cfg.ClientFoundRows, cfg.ConnectionAttributes = true, true, "program_name:orders"
			dial := throughEditor(s.Addr, edit)
			cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
				conn, err := dial(ctx, network, addr)
				return &requestEditor{conn, func(p []byte) { capabilities = binary.LittleEndian.Uint32(p[4:]) }}, err
			}
			conn, err := connector(cfg).Connect(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
			return capabilities
		}
		stock := requested(func(cfg *mysql.Config) driver.Connector {
			cfg.TLS = trustingTLS()
			return stockConnector(t, cfg)
		}, func(p []byte) []byte { return p })
		want := stock&^deprecateEOF | longPassword
		if got := requested(func(cfg *mysql.Config) driver.Connector { return newConnector(t, cfg, trust()) }, onlyTLS); got != want {
			t.Errorf("the client asks for capabilities %#x, want %#x", got, want)
		}
	})
}
