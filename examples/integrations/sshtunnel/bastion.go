package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// A bastion is a host that connections are forwarded through. One SSH connection
// carries them all; a new one is made when it has broken.
type bastion struct {
	addr   string
	config *ssh.ClientConfig

	mu     sync.Mutex
	client *ssh.Client
}

// newBastion reads the private key in keyFile, and the host keys in knownHostsFile: a
// bastion that anybody can impersonate could not read along, but could refuse service.
func newBastion(addr, user, keyFile, knownHostsFile string) (*bastion, error) {
	pem, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, err
	}
	key, err := ssh.ParsePrivateKey(pem)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", keyFile, err)
	}
	known, err := knownhosts.New(knownHostsFile)
	if err != nil {
		return nil, err
	}
	return &bastion{addr: addr, config: &ssh.ClientConfig{
		User: user, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: known, Timeout: 15 * time.Second,
	}}, nil
}

// DialContext connects to addr, as seen from the bastion. It is a dial function of
// pgx and of go-sql-driver/mysql.
func (b *bastion) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	client, err := b.connected(ctx, nil)
	if err != nil {
		return nil, err
	}
	conn, err := client.DialContext(ctx, network, addr)
	var refused *ssh.OpenChannelError
	if err != nil && ctx.Err() == nil && !errors.As(err, &refused) {
		// Not the database: the SSH connection itself has broken.
		if client, err = b.connected(ctx, client); err == nil {
			conn, err = client.DialContext(ctx, network, addr)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("through the bastion: %w", err)
	}
	return tunneled{conn, addr}, nil
}

// connected returns the SSH connection, or makes one if there is none, or only the
// broken one.
func (b *bastion) connected(ctx context.Context, broken *ssh.Client) (*ssh.Client, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.client != nil && b.client != broken {
		return b.client, nil
	}
	if b.client != nil {
		_ = b.client.Close()
		b.client = nil
	}
	conn, err := (&net.Dialer{Timeout: b.config.Timeout}).DialContext(ctx, "tcp", b.addr)
	if err != nil {
		return nil, fmt.Errorf("bastion: %w", err)
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	inner, channels, requests, err := ssh.NewClientConn(conn, b.addr, b.config)
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("bastion: %w", err)
	}
	b.client = ssh.NewClient(inner, channels, requests)
	return b.client, nil
}

// Close closes the SSH connection, and with it what goes through it.
func (b *bastion) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.client == nil {
		return nil
	}
	return b.client.Close()
}
