package rdsmysql_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/rdstls"
)

// inTurn returns a dial function that reaches the first server once, and the second
// one afterwards.
func inTurn(first, second *fakedb.Server) dialFunc {
	next := first
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		s := next
		next = second
		return dialing(s)(ctx, network, addr)
	}
}

// tlsProbe makes a handshake with the true server.
func tlsProbe(c *mysql.Config) error {
	client, server := net.Pipe()
	defer client.Close()
	go func() { _ = tls.Server(server, serving(ca.Instance(orders))).Handshake() }() // ends with the client
	return tls.Client(client, c.TLS).Handshake()
}

// driverProbe connects with the configuration that a hook was given, by the driver,
// as a hook does to see whether the server is up.
func driverProbe(c *mysql.Config) error {
	own := c.Clone()
	own.TLSConfig = ""
	if err := own.Apply(mysql.BeforeConnect(nil)); err != nil {
		return err
	}
	connector, err := mysql.NewConnector(own)
	if err != nil {
		return err
	}
	conn, err := connector.Connect(context.Background())
	if err != nil {
		return err
	}
	return conn.Close()
}

// connectorProbe connects with another connector of this package.
func connectorProbe(c *mysql.Config) error {
	own := c.Clone()
	if err := own.Apply(mysql.BeforeConnect(nil)); err != nil {
		return err
	}
	return connect(context.Background(), own, trust())
}

// TestHookProbesWithDriver checks that a hook that connects to the true server by the
// DialFunc of the configuration that it was given has not verified the connection
// that the driver makes afterwards, with the configuration that the hook weakened.
func TestHookProbesWithDriver(t *testing.T) {
	t.Parallel()
	for how, w := range weakenings {
		evil := listen(t, attackers["other-host"])
		cfg := hooked(t, evil, func(c *mysql.Config) {
			if err := driverProbe(c); err != nil {
				t.Errorf("%s: the probe of the hook = %v, want nil", how, err)
			}
			w.weaken(c)
		})
		cfg.DialFunc = inTurn(honest(t, orders), evil)
		if err := connect(t.Context(), cfg, trust()); !errors.Is(err, rdstls.ErrUnverified) {
			t.Errorf("%s: Connect = %v, want %v", how, err, rdstls.ErrUnverified)
		}
		wantOnlyHandshake(t, evil)
	}
}

// TestHookFailedProbe checks that a probe that finds an impostor leaves nothing
// behind that refuses the true server.
func TestHookFailedProbe(t *testing.T) {
	t.Parallel()
	server := honest(t, orders)
	cfg := hooked(t, server, func(c *mysql.Config) {
		if err := driverProbe(c); err == nil {
			t.Error("the probe of the hook = nil, want an error")
		}
	})
	cfg.DialFunc = inTurn(listen(t, attackers["other-host"]), server)
	if err := connect(t.Context(), cfg, trust()); err != nil {
		t.Errorf("Connect = %v, want nil", err)
	}
}

// TestHookProbesOnRegisteredNetworks checks that a handshake of the hook's own, in
// the goroutine of Connect, does not pass for that of the driver on a network that
// the connector cannot inspect.
func TestHookProbesOnRegisteredNetworks(t *testing.T) {
	t.Parallel()
	evil := listen(t, attackers["other-host"])
	cfg := hooked(t, evil, func(c *mysql.Config) {
		if err := tlsProbe(c); err != nil {
			t.Errorf("the handshake of the hook = %v, want nil", err)
		}
		c.TLS = &tls.Config{InsecureSkipVerify: true}
	})
	cfg.DialFunc = nil
	cfg.Net, cfg.Addr = networkTo(evil), orders+":3306"
	if err := connect(t.Context(), cfg, trust()); !errors.Is(err, rdstls.ErrUnverified) {
		t.Errorf("Connect = %v, want %v", err, rdstls.ErrUnverified)
	}
}

// TestHookProbesInHandshake checks that a probe in a callback of the driver's
// handshake, in its goroutine, does not verify the connection of the driver.
func TestHookProbesInHandshake(t *testing.T) {
	t.Parallel()
	for name, probe := range map[string]func(*mysql.Config) error{
		"TLS": tlsProbe, "driver": driverProbe, "connector": connectorProbe,
	} {
		for _, registered := range []bool{false, true} {
			evil, server := listen(t, attackers["other-host"]), honest(t, orders)
			cfg := hooked(t, evil, func(c *mysql.Config) {
				kept := c.Clone()
				kept.DialFunc = dialing(server)
				c.TLS = &tls.Config{InsecureSkipVerify: true, VerifyConnection: func(tls.ConnectionState) error {
					if err := probe(kept); err != nil {
						t.Errorf("%s: the probe of the hook = %v, want nil", name, err)
					}
					return nil
				}}
			})
			if registered {
				cfg.DialFunc = nil
				cfg.Net, cfg.Addr = networkTo(evil), orders+":3306"
			}
			if err := connect(t.Context(), cfg, trust()); !errors.Is(err, rdstls.ErrUnverified) {
				t.Errorf("%s, registered network %v: Connect = %v, want %v", name, registered, err, rdstls.ErrUnverified)
			}
			if !registered {
				wantOnlyHandshake(t, evil)
			}
		}
	}
}
