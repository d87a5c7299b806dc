package main

import (
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// An sshServer is a bastion that forwards to the addresses in routes, as the VPC's
// DNS would.
type sshServer struct {
	listener net.Listener
	config   *ssh.ServerConfig
	routes   map[string]string
	serving  sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn
	asked []string // the addresses that clients asked for
}

// startBastion starts an SSH server and returns the program's bastion for it.
func startBastion(t *testing.T, routes map[string]string) (*sshServer, *bastion) {
	t.Helper()
	_, hostKey, hostErr := ed25519.GenerateKey(nil)
	_, userKey, userErr := ed25519.GenerateKey(nil)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if hostErr != nil || userErr != nil || err != nil {
		t.Fatal(hostErr, userErr, err)
	}
	signer, err := ssh.NewSignerFromKey(hostKey)
	if err != nil {
		t.Fatal(err)
	}
	authorized, err := ssh.NewPublicKey(userKey.Public())
	if err != nil {
		t.Fatal(err)
	}
	s := &sshServer{listener: listener, routes: routes, config: &ssh.ServerConfig{
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if string(key.Marshal()) != string(authorized.Marshal()) {
				return nil, fmt.Errorf("unknown key")
			}
			return nil, nil
		},
	}}
	s.config.AddHostKey(signer)
	s.serving.Go(s.accept)
	t.Cleanup(func() {
		listener.Close()
		s.breakConnections()
		s.serving.Wait()
	})
	block, err := ssh.MarshalPrivateKey(userKey, "")
	if err != nil {
		t.Fatal(err)
	}
	keyFile := write(t, "id_ed25519", pem.EncodeToMemory(block))
	known := write(t, "known_hosts", []byte(knownhosts.Line([]string{listener.Addr().String()}, signer.PublicKey())+"\n"))
	b, err := newBastion(listener.Addr().String(), "ec2-user", keyFile, known)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return s, b
}

func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (s *sshServer) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return // the listener was closed
		}
		s.mu.Lock()
		s.conns = append(s.conns, conn)
		s.mu.Unlock()
		s.serving.Go(func() { s.serve(conn) })
	}
}

// breakConnections closes every SSH connection, as a restart of the bastion does.
func (s *sshServer) breakConnections() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range s.conns {
		conn.Close()
	}
}

func (s *sshServer) serve(conn net.Conn) {
	defer conn.Close()
	_, channels, requests, err := ssh.NewServerConn(conn, s.config)
	if err != nil {
		return
	}
	s.serving.Go(func() { ssh.DiscardRequests(requests) })
	for channel := range channels {
		s.serving.Go(func() { s.forward(channel) })
	}
}

// forward serves a direct-tcpip channel (RFC 4254, Section 7.2).
func (s *sshServer) forward(requested ssh.NewChannel) {
	var to struct {
		Host   string
		Port   uint32
		Origin string
		From   uint32
	}
	if err := ssh.Unmarshal(requested.ExtraData(), &to); err != nil {
		_ = requested.Reject(ssh.UnknownChannelType, err.Error())
		return
	}
	addr := net.JoinHostPort(to.Host, fmt.Sprint(to.Port))
	s.mu.Lock()
	s.asked = append(s.asked, addr)
	s.mu.Unlock()
	far, err := net.Dial("tcp", s.routes[addr])
	if err != nil {
		_ = requested.Reject(ssh.ConnectionFailed, err.Error())
		return
	}
	defer far.Close()
	near, requests, err := requested.Accept()
	if err != nil {
		return
	}
	s.serving.Go(func() { ssh.DiscardRequests(requests) })
	s.serving.Go(func() {
		_, _ = io.Copy(far, near) // the tests see what is missing
		far.Close()
	})
	_, _ = io.Copy(near, far)
	near.Close()
}
