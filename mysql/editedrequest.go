package rdsmysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-sql-driver/mysql"
)

// The client's TLS request precedes TLS, so that an attacker can edit it, and the
// servers use its flags instead of those that the login repeats. Each of these makes
// the answers wrong without an error:
//
//   - CLIENT_NO_SCHEMA: the server ignores the database in database.table.
//   - CLIENT_DEPRECATE_EOF: text results lose their first row.
//   - CLIENT_CONNECT_WITH_DB, if it is cleared: DATABASE() is NULL.
//   - CLIENT_COMPRESS: the server waits forever.
//   - CLIENT_QUERY_ATTRIBUTES: MySQL misreads the parameters of prepared statements.
//   - MARIADB_CLIENT_EXTENDED_METADATA: the driver misreads results.
//   - MARIADB_CLIENT_CACHE_METADATA: the driver panics in the goroutine that executes
//     a prepared statement (go-sql-driver/mysql v1.10.1, readColumns in packets.go).
//
// MySQL 8.0 also takes the character set from there (parse_client_handshake_packet in
// sql/auth/sql_authentication.cc of 8.0.28); 9.7 refuses a set that the login does not
// repeat. The driver's escaping of interpolated arguments is unsafe in some sets.

// A session is what the connector knows of a connection before it is checked.
type session struct {
	interpolates bool // the driver writes arguments into the text of queries
	hasDatabase  bool // the TLS request said that the login names a database
	compressed   bool
}

// A server is what answered the first check.
type server int64

const (
	unknownServer server = 0
	otherServer   server = 1
	mariaDB       server = 2
)

// These are added to the answer of a server.
const (
	unsafeCharset = 4 // a backslash can be the second byte of a character
	noDatabase    = 8
)

// query returns the text of the check. Its table has the name of its database in
// front, and reading it begins no transaction. Only sessions that need it pay for the
// system variable: ProxySQL stops sharing a connection after most of them.
func (s session) query() string {
	q := fmt.Sprintf("SELECT IF(VERSION() LIKE '%%MariaDB%%', %d, %d)", mariaDB, otherServer)
	if s.interpolates { // the driver's unsafeCollations, v1.10.1
		q += fmt.Sprintf(" + IF(@@character_set_client IN ('big5', 'cp932', 'gb18030', 'gb2312', 'gbk', 'sjis'), %d, 0)", unsafeCharset)
	}
	if s.hasDatabase {
		q += fmt.Sprintf(" + IF(DATABASE() IS NULL, %d, 0)", noDatabase)
	}
	return q + " FROM information_schema.ENGINES LIMIT 1"
}

// askServer makes a text query.
func askServer(ctx context.Context, conn driverConn, s session) (server, error) {
	rows, err := conn.QueryContext(ctx, s.query(), nil)
	if err != nil {
		return unknownServer, judge(err)
	}
	if len(rows.Columns()) == 0 {
		return otherServer, rows.Close() // a stand-in, such as in a test: it has no results
	}
	row, err := readRow(rows)
	if err != nil {
		return unknownServer, err
	}
	answer, _ := row[0].(int64) // zero if the driver misreads the type
	switch kind := server(answer &^ unsafeCharset); {
	case kind != otherServer && kind != mariaDB: // or with noDatabase
		return unknownServer, errEditedRequest
	case answer&unsafeCharset != 0:
		return unknownServer, errUnsafeCharset
	case kind == mariaDB && s.compressed:
		return kind, stopProgress(ctx, conn)
	default:
		return kind, nil
	}
}

// stopProgress turns off reports of progress, which MariaDB sends to a client with
// MARIADB_CLIENT_PROGRESS. The driver takes one for the answer to a statement, and with
// compression also the real answer for that to the next (readPacket in packets.go).
func stopProgress(ctx context.Context, conn driverConn) error {
	_, err := conn.ExecContext(ctx, "SET SESSION progress_report_time = 0", nil)
	return err
}

// executePrepared makes a prepared statement. It has a parameter, and a column with
// the same type whatever the parameter: only then does MariaDB leave out the column's
// metadata at the first execution.
func executePrepared(ctx context.Context, conn driverConn) error {
	stmt, err := conn.PrepareContext(ctx, "SELECT 1 FROM DUAL WHERE 1 = ?")
	if err != nil {
		return err
	}
	defer stmt.Close()
	rows, err := stmt.(driver.StmtQueryContext).QueryContext(ctx, []driver.NamedValue{{Ordinal: 1, Value: int64(1)}})
	if err != nil {
		return judge(err)
	}
	row, err := readRow(rows)
	if err != nil {
		return err
	}
	if fmt.Sprint(row) != "[1]" {
		return errEditedRequest
	}
	return nil
}

// readRow returns the only row of rows.
func readRow(rows driver.Rows) ([]driver.Value, error) {
	row := make([]driver.Value, len(rows.Columns()))
	if err := rows.Next(row); errors.Is(err, io.EOF) {
		return nil, errEditedRequest
	} else if err != nil {
		return nil, err
	}
	return row, rows.Close()
}

// Errors of servers. The last three are caused by edits.
const (
	mustChangePassword = 1820
	noDatabaseSelected = 1046
	noSuchTable        = 1146
	malformedPacket    = 1835
)

// judge returns err, or errEditedRequest with it.
func judge(err error) error {
	var serverErr *mysql.MySQLError
	if errors.As(err, &serverErr) && slices.Contains([]uint16{noDatabaseSelected, noSuchTable, malformedPacket}, serverErr.Number) {
		return fmt.Errorf("%w: %w", errEditedRequest, err)
	}
	return err
}

var errEditedRequest = errors.New("the server answers as if it had another client; an attacker may have edited the client's TLS request")

var errUnsafeCharset = errors.New("interpolateParams is unsafe in the character set of this session; if no setting chose that set, " +
	"an attacker may have edited the client's TLS request; add charset=utf8mb4 to the DSN")
