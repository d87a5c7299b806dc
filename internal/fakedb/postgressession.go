package fakedb

import (
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"
)

// postgresSession is a connection from the startup message on. It can do what a client
// needs to prove that it is connected: every statement that begins with "select" returns
// one row with the number one, and every other succeeds without a result.
type postgresSession struct {
	*session
	backend    *pgproto3.Backend
	statements map[string]string // prepared, by name
	portal     struct {
		sql    string
		binary bool
	}
	failed bool // skip until Sync
}

// authenticate asks for a password and judges the login. It reports whether the client is
// logged in.
func (s *postgresSession) authenticate(auth PostgresAuth, judge func(Login) *LoginError) bool {
	switch auth {
	case AuthTrust:
	case AuthOAuth:
		s.backend.Send(&pgproto3.AuthenticationSASL{AuthMechanisms: []string{"OAUTHBEARER"}})
		_ = s.backend.SetAuthType(pgproto3.AuthTypeSASL) // knows this type
	case AuthMD5:
		s.backend.Send(&pgproto3.AuthenticationMD5Password{Salt: [4]byte{1, 2, 3, 4}})
	default:
		s.backend.Send(&pgproto3.AuthenticationCleartextPassword{})
	}
	if auth != AuthTrust {
		if s.backend.Flush() != nil {
			return false
		}
		msg, err := s.backend.Receive()
		if err != nil {
			return false
		}
		switch msg := msg.(type) {
		case *pgproto3.PasswordMessage:
			if auth == AuthCleartext {
				s.setLogin(func(l *Login) { l.Password = msg.Password })
			}
		case *pgproto3.SASLInitialResponse:
			s.setLogin(func(l *Login) { l.Password = string(msg.Data) })
		default:
			return false
		}
	}
	if judge != nil {
		if err := judge(s.Login()); err != nil {
			s.refuse(err)
			return false
		}
	}
	s.backend.Send(&pgproto3.AuthenticationOk{})
	for _, p := range [][2]string{
		{"server_version", "17.0"},
		{"client_encoding", "UTF8"},
		{"standard_conforming_strings", "on"},
		{"DateStyle", "ISO, MDY"},
		{"TimeZone", "UTC"},
		{"integer_datetimes", "on"},
	} {
		s.backend.Send(&pgproto3.ParameterStatus{Name: p[0], Value: p[1]})
	}
	s.backend.Send(&pgproto3.BackendKeyData{ProcessID: 1, SecretKey: []byte{1, 2, 3, 4}})
	return s.ready()
}

func (s *postgresSession) refuse(err *LoginError) {
	s.backend.Send(&pgproto3.ErrorResponse{
		Severity: "FATAL", SeverityUnlocalized: "FATAL", Code: err.SQLState, Message: err.Message,
	})
	_ = s.backend.Flush() // fails if the client has gone
}

func (s *postgresSession) ready() bool {
	s.backend.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	return s.backend.Flush() == nil
}

// serve answers queries until the client leaves.
func (s *postgresSession) serve() {
	for {
		msg, err := s.backend.Receive()
		if err != nil {
			return
		}
		switch msg := msg.(type) {
		case *pgproto3.Terminate:
			return
		case *pgproto3.Query:
			if isSelect(msg.String) {
				s.describe(true, false)
			}
			s.execute(msg.String, false)
			s.ready()
		case *pgproto3.Sync:
			s.failed = false
			s.ready()
		case *pgproto3.Flush:
			_ = s.backend.Flush() // the next Receive fails as well
		default:
			if !s.failed {
				s.extended(msg)
			}
		}
	}
}

// extended answers a message of the extended query protocol. See "Message Flow" in the
// PostgreSQL documentation.
func (s *postgresSession) extended(msg pgproto3.FrontendMessage) {
	switch msg := msg.(type) {
	case *pgproto3.Parse:
		s.statements[msg.Name] = msg.Query
		s.backend.Send(&pgproto3.ParseComplete{})
	case *pgproto3.Bind:
		s.portal.sql = s.statements[msg.PreparedStatement]
		s.portal.binary = len(msg.ResultFormatCodes) > 0 && msg.ResultFormatCodes[0] == pgproto3.BinaryFormat
		s.backend.Send(&pgproto3.BindComplete{})
	case *pgproto3.Describe:
		sql, binary := s.portal.sql, s.portal.binary
		if msg.ObjectType == 'S' {
			sql, binary = s.statements[msg.Name], false
			s.backend.Send(&pgproto3.ParameterDescription{})
		}
		s.describe(isSelect(sql), binary)
	case *pgproto3.Execute:
		s.execute(s.portal.sql, s.portal.binary)
	case *pgproto3.Close:
		s.backend.Send(&pgproto3.CloseComplete{})
	default:
		s.failed = true
		s.backend.Send(&pgproto3.ErrorResponse{Severity: "ERROR", Code: "0A000", Message: "fakedb: message not supported"})
	}
}

// describe says what a statement returns.
func (s *postgresSession) describe(row, binary bool) {
	if !row {
		s.backend.Send(&pgproto3.NoData{})
		return
	}
	const int4 = 23 // the OID in pg_type
	field := pgproto3.FieldDescription{Name: []byte("?column?"), DataTypeOID: int4, DataTypeSize: 4, TypeModifier: -1}
	if binary {
		field.Format = pgproto3.BinaryFormat
	}
	s.backend.Send(&pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{field}})
}

// execute runs a statement.
func (s *postgresSession) execute(sql string, binary bool) {
	words := strings.Fields(uncommented(sql))
	switch {
	case len(words) == 0:
		s.backend.Send(&pgproto3.EmptyQueryResponse{})
	case isSelect(sql):
		one := []byte("1")
		if binary {
			one = []byte{0, 0, 0, 1}
		}
		s.backend.Send(&pgproto3.DataRow{Values: [][]byte{one}})
		s.backend.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")})
	default:
		s.backend.Send(&pgproto3.CommandComplete{CommandTag: []byte(strings.ToUpper(words[0]))})
	}
}

// uncommented is sql without a leading comment or a final semicolon. Ping of pgx sends
// nothing but a comment.
func uncommented(sql string) string {
	sql = strings.TrimSpace(sql)
	for strings.HasPrefix(sql, "--") {
		_, sql, _ = strings.Cut(sql, "\n")
		sql = strings.TrimSpace(sql)
	}
	return strings.TrimRight(sql, "; ")
}

func isSelect(sql string) bool {
	sql = uncommented(sql)
	return len(sql) >= len("select") && strings.EqualFold(sql[:len("select")], "select")
}
