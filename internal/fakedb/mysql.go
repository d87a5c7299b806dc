package fakedb

import (
	"crypto/tls"
	"encoding/binary"
)

// MySQLOptions describes a MySQL server. The zero value has no TLS and refuses clients.
type MySQLOptions struct {
	// TLS is the server's configuration. If nil, the server says in its greeting that it
	// has no TLS, as an attacker does to strip it.
	TLS *tls.Config

	// Plaintext makes the server continue with a client that does not use TLS. Otherwise it
	// refuses it after its login packet, as RDS does (require_secure_transport). By then
	// the client has said what it had to say.
	Plaintext bool

	// Plugin is how the server wants clients to prove who they are.
	Plugin MySQLPlugin

	// Login decides about logins. If nil, the server accepts every one.
	Login func(Login) *LoginError

	// Behavior is what is wrong with the server.
	Behavior Behavior
}

// MySQLPlugin is an authentication plugin. The empty string stands for ClearPassword.
type MySQLPlugin string

// The plugins that a server can ask for. With all but NativePassword it learns the
// password: inside TLS the client sends it in cleartext; outside, the SHA-2 plugins let the
// client encrypt it with an RSA key that the server, or an attacker, has just sent.
const (
	ClearPassword       MySQLPlugin = "mysql_clear_password"
	NativePassword      MySQLPlugin = "mysql_native_password"
	SHA256Password      MySQLPlugin = "sha256_password"
	CachingSHA2Password MySQLPlugin = "caching_sha2_password"
)

// ListenMySQL starts a MySQL server.
func ListenMySQL(opts MySQLOptions) (*Server, error) {
	if opts.Plugin == "" {
		opts.Plugin = ClearPassword
	}
	m := &mysql{opts: opts, security: newSecurity(opts.TLS, opts.Behavior)}
	return listen(m.serve)
}

type mysql struct {
	opts     MySQLOptions
	security security
}

func (m *mysql) serve(s *session) {
	if !m.opts.Behavior.Connect.run(s.network()) {
		return
	}
	first := packet(0, greeting(m.opts.Plugin, m.security.tls != nil))
	if m.opts.Behavior.Greeting != nil {
		first = m.opts.Behavior.Greeting(first)
	}
	if _, err := s.Write(first); err != nil {
		return
	}
	conn := &packetConn{session: s}
	response, ok := m.response(conn)
	if !ok {
		return
	}
	s.setLogin(func(l *Login) { l.User, l.Database = response.user, response.database })
	if !m.authenticate(conn, response) {
		return
	}
	if err := m.judge(s); err != nil {
		_ = conn.write(errPacket(err)) // fails if the client has gone
		return
	}
	if conn.write(okPacket()) == nil {
		serveCommands(conn)
	}
}

// judge decides about a login.
func (m *mysql) judge(s *session) *LoginError {
	if s.tls == nil && !m.opts.Plaintext {
		return &LoginError{Number: 3159, SQLState: "HY000", Message: "Connections using insecure transport are " +
			"prohibited while --require_secure_transport=ON."}
	}
	if m.opts.Login == nil {
		return nil
	}
	return m.opts.Login(s.Login())
}

// scramble is the server's challenge. It is fixed, which only matters to servers that
// compare what the client makes of it.
const scramble = "fakedb's challenge!!"

// greeting is the packet Protocol::HandshakeV10.
func greeting(plugin MySQLPlugin, hasTLS bool) []byte {
	capabilities := uint32(serverCapabilities)
	if hasTLS {
		capabilities |= clientSSL
	}
	b := append([]byte{10}, "8.4.0\x00"...)
	b = binary.LittleEndian.AppendUint32(b, 1) // connection id
	b = append(b, scramble[:8]...)
	b = append(b, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(capabilities))
	b = append(b, charsetUTF8MB4)
	b = binary.LittleEndian.AppendUint16(b, statusAutocommit)
	b = binary.LittleEndian.AppendUint16(b, uint16(capabilities>>16))
	b = append(b, byte(len(scramble)+1))
	b = append(b, make([]byte, 10)...)
	b = append(b, scramble[8:]+"\x00"...)
	return append(b, string(plugin)+"\x00"...)
}

// handshakeResponse is what matters of the packet Protocol::HandshakeResponse41.
type handshakeResponse struct {
	user, database string
	auth           []byte
	plugin         MySQLPlugin
}

// response reads the client's answer to the greeting, after TLS if the client asks for it.
func (m *mysql) response(conn *packetConn) (*handshakeResponse, bool) {
	payload, err := conn.read()
	if err != nil {
		return nil, false
	}
	// Protocol::SSLRequest is the beginning of the response, alone.
	const sslRequestLength = 32
	if len(payload) == sslRequestLength && binary.LittleEndian.Uint32(payload)&clientSSL != 0 {
		if m.security.tls == nil || !m.opts.Behavior.Request.run(conn.network()) || !m.security.startTLS(conn.session) {
			return nil, false
		}
		if payload, err = conn.read(); err != nil {
			return nil, false
		}
	}
	p := &parser{rest: payload}
	capabilities := p.uint32()
	p.bytes(4 + 1 + 23) // maximum packet size, character set, filler
	r := &handshakeResponse{user: p.terminated()}
	if capabilities&clientPluginAuthLenenc != 0 {
		r.auth = p.lengthEncoded()
	} else if size := p.bytes(1); size != nil {
		r.auth = p.bytes(uint64(size[0]))
	}
	if capabilities&clientConnectWithDB != 0 {
		r.database = p.terminated()
	}
	if capabilities&clientPluginAuth != 0 {
		r.plugin = MySQLPlugin(p.terminated())
	}
	return r, !p.failed
}
