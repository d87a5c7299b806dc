package rdsmysql

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/adapter"
	"github.com/rdstls/go/rdstls"
)

// addressOf returns the host and port to which the driver connects. The address
// comes before the mode, so that a program that leaves alone whatever is
// ErrNotEndpoint, such as a database on localhost, never leaves an endpoint
// unverified.
//
// Where a DSN holds a password that is not what its syntax expects, Net and Addr
// can be parts of it. They are not quoted, save a host that is dialed by TCP.
func addressOf(cfg *mysql.Config, o *rdstls.Options) (host, port string, err error) {
	strict := o.Roots == nil && o.ServerName == "" // whether only endpoints will do
	sentinel := rdstls.ErrUnverified
	if strict {
		sentinel = rdstls.ErrNotEndpoint
	}
	if cfg.Net == "unix" {
		return "", "", &rdstls.ConfigError{Setting: "Net", Err: fmt.Errorf("%w: a Unix socket", sentinel)}
	}
	if strings.Trim(cfg.Net, networkNameChars) != "" {
		return "", "", &rdstls.ConfigError{
			Setting: "Net",
			Err:     fmt.Errorf("%w: it holds a character that is not valid in a network's name; is the DSN of the form user:password@tcp(host:port)/name?", rdstls.ErrUnverified),
		}
	}
	host, port, err = net.SplitHostPort(normalizeAddr(cfg))
	if err != nil || host == "" || port == "" {
		if _, err := rdstls.ParseEndpoint(cfg.Addr); !errors.Is(err, rdstls.ErrNotEndpoint) {
			sentinel = rdstls.ErrUnverified // an endpoint it is, with too much or too little behind it
		}
		return "", "", &rdstls.ConfigError{Setting: "Addr", Err: fmt.Errorf("%w: it is not host:port", sentinel)}
	}
	if strict {
		err = mustBeEndpoint(cfg.Net, host)
	}
	if err == nil && dialsTCP(cfg.Net) && !isPort(port) { // net looks others up, and its error repeats them
		err = &rdstls.ConfigError{Setting: "Addr", Err: fmt.Errorf("%w: the port must be a number from 1 to 65535", rdstls.ErrUnverified)}
	}
	return host, port, err
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

const networkNameChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-_."

// normalizeAddr returns cfg.Addr as the driver completes it (go-sql-driver/mysql
// v1.10.1, dsn.go, normalize).
func normalizeAddr(cfg *mysql.Config) string {
	addr := cfg.Addr
	if cfg.Net != "" && cfg.Net != "tcp" {
		return addr
	}
	if addr == "" {
		addr = "127.0.0.1"
	}
	if _, _, err := net.SplitHostPort(addr); err != nil {
		addr = net.JoinHostPort(addr, "3306")
	}
	return addr
}

// dialsTCP reports whether the driver dials the network itself.
func dialsTCP(network string) bool {
	return network == "" || network == "tcp" || network == "tcp4" || network == "tcp6"
}

func mustBeEndpoint(network, host string) error {
	_, err := rdstls.ParseEndpoint(host)
	err = adapter.NotMisspelled(err)
	if err == nil || dialsTCP(network) || errors.Is(err, rdstls.ErrUnverified) {
		return err
	}
	if errors.Is(err, rdstls.ErrNotEndpoint) {
		return &rdstls.ConfigError{
			Setting: "Addr",
			Err:     fmt.Errorf("%w; if it leads to one, set Options.ServerName", rdstls.ErrNotEndpoint),
		}
	}
	return &rdstls.ConfigError{Setting: "Addr", Err: fmt.Errorf("%w: it is not host:port", rdstls.ErrUnverified)}
}
