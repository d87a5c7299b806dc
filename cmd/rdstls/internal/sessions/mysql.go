package sessions

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// The errors of a server that a role can get by its rights.
const (
	errAccessDenied    = 1142 // for a table
	errColumnDenied    = 1143
	errSpecific        = 1227 // a privilege is missing
	errUnknownVariable = 1193
)

func isError(err error, numbers ...uint16) bool {
	var server *mysql.MySQLError
	if !errors.As(err, &server) {
		return false
	}
	for _, n := range numbers {
		if server.Number == n {
			return true
		}
	}
	return false
}

func mysqlFamily(ctx context.Context, conn *sql.Conn, r *Report) error {
	var schema bool
	if err := conn.QueryRowContext(ctx, "select @@version, @@performance_schema").Scan(&r.Version, &schema); err != nil {
		return err
	}
	r.Engine = "mysql"
	if strings.Contains(strings.ToLower(r.Version), "mariadb") {
		r.Engine = "mariadb"
	}
	if err := mysqlEnforced(ctx, conn, r); err != nil {
		return err
	}
	// With performance_schema off, its tables are empty without an error.
	if schema {
		err := threads(ctx, conn, r)
		if err == nil {
			r.seesAll = true
			return accounts(ctx, conn, r)
		}
		if !isError(err, errAccessDenied, errColumnDenied) {
			return err
		}
		r.Sessions = nil
		r.note("The role cannot see how other users are connected. This would show it: GRANT SELECT ON performance_schema.* TO the role")
	} else {
		way := "Turn it on (a static parameter: reboot)."
		if r.Engine == "mariadb" {
			way = "Turn it on (a static parameter: reboot), or turn userstat on."
		}
		r.note("performance_schema is off, so the server does not say how each session is connected. " + way)
	}
	if err := processList(ctx, conn, r); err != nil {
		return err
	}
	return accounts(ctx, conn, r)
}

func mysqlEnforced(ctx context.Context, conn *sql.Conn, r *Report) error {
	var value sql.NullString
	err := conn.QueryRowContext(ctx, "select @@global.require_secure_transport").Scan(&value)
	if isError(err, errUnknownVariable) {
		r.Enforced = "off"
		r.note("This version has no require_secure_transport: only REQUIRE SSL of each account refuses clients without TLS.")
		return nil
	}
	r.Enforced = enforcement(value)
	return err
}

// threads reads how each session is connected. Threads of the server itself have
// no connection type, although some are foreground threads.
func threads(ctx context.Context, conn *sql.Conn, r *Report) error {
	rows, err := conn.QueryContext(ctx, `
select coalesce(t.processlist_user, ''), coalesce(a.attr_value, ''), coalesce(t.processlist_host, ''), t.connection_type,
       coalesce(v.variable_value, ''), coalesce(c.variable_value, ''), count(*)
from performance_schema.threads t
left join performance_schema.status_by_thread v on v.thread_id = t.thread_id and v.variable_name = 'Ssl_version'
left join performance_schema.status_by_thread c on c.thread_id = t.thread_id and c.variable_name = 'Ssl_cipher'
left join performance_schema.session_connect_attrs a on a.processlist_id = t.processlist_id and a.attr_name = 'program_name'
where t.connection_type is not null and t.processlist_id <> connection_id()
group by 1, 2, 3, 4, 5, 6`)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err is checked
	for rows.Next() {
		var s Session
		var kind string
		if err := rows.Scan(&s.User, &s.Application, &s.Address, &kind, &s.TLSVersion, &s.Cipher, &s.Count); err != nil {
			return err
		}
		switch kind {
		case "SSL/TLS":
			s.Encrypted = boolean(true)
		case "TCP/IP":
			s.Encrypted = boolean(false)
		case "Socket", "Named Pipe", "Shared Memory":
			s.Encrypted, s.Address = boolean(false), Local
		}
		r.Sessions = append(r.Sessions, s)
	}
	return rows.Err()
}

// processList reads who is connected, without how.
func processList(ctx context.Context, conn *sql.Conn, r *Report) error {
	var all int
	err := conn.QueryRowContext(ctx, `select count(*) from information_schema.user_privileges where privilege_type = 'PROCESS'`).Scan(&all)
	if err != nil {
		return err
	}
	if all == 0 {
		r.note("The role sees only its own sessions. This would show the others: GRANT PROCESS ON *.* TO the role")
	}
	rows, err := conn.QueryContext(ctx, `select coalesce(user, ''), coalesce(host, ''), count(*) from information_schema.processlist
		where id <> connection_id() and user not in ('event_scheduler', 'system user') group by 1, 2`)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err is checked
	list := &Report{}
	for rows.Next() {
		var s Session
		if err := rows.Scan(&s.User, &s.Address, &s.Count); err != nil {
			return err
		}
		// "address:port": the last colon, for IPv6.
		if i := strings.LastIndexByte(s.Address, ':'); i >= 0 {
			s.Address = s.Address[:i]
		}
		list.Sessions = append(list.Sessions, s)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	r.Sessions = append(r.Sessions, merged(list.Sessions)...)
	return statistics(ctx, conn, r)
}

// merged adds the counts of sessions that differ only in the port.
func merged(list []Session) []Session {
	var out []Session
	at := map[sessionKey]int{}
	for _, s := range list {
		if i, ok := at[s.key()]; ok {
			out[i].Count += s.Count
			continue
		}
		at[s.key()] = len(out)
		out = append(out, s)
	}
	return out
}
