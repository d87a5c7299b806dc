package sessions

import (
	"context"
	"database/sql"
	"fmt"
)

// statistics reads what MariaDB counts with userstat: connections with and
// without TLS by client host, since the server started. Without the privilege
// PROCESS, or with userstat off, the table is empty without an error.
func statistics(ctx context.Context, conn *sql.Conn, r *Report) error {
	if r.Engine != "mariadb" {
		return nil
	}
	rows, err := conn.QueryContext(ctx, `select client, total_connections - total_ssl_connections
		from information_schema.client_statistics where total_connections > total_ssl_connections`)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err is checked
	for rows.Next() {
		s := Session{Application: "(since the server started)", Encrypted: boolean(false)}
		if err := rows.Scan(&s.Address, &s.Count); err != nil {
			return err
		}
		r.note("Sessions '(since the server started)' are connections without TLS that userstat counted, by client host.")
		r.Sessions = append(r.Sessions, s)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	var accepts, connections int64
	var name string
	err = conn.QueryRowContext(ctx, "show global status like 'Ssl_finished_accepts'").Scan(&name, &accepts)
	if err == nil {
		err = conn.QueryRowContext(ctx, "show global status like 'Connections'").Scan(&name, &connections)
	}
	if err == nil {
		r.note(fmt.Sprintf("Since the server started, %d of %d connection attempts finished a TLS handshake.", accepts, connections))
	}
	return nil // only a hint
}

// accounts lists the accounts that may log in without TLS: not those that are
// locked, roles, or internal.
func accounts(ctx context.Context, conn *sql.Conn, r *Report) error {
	queries := []string{`select user, host from mysql.user where ssl_type = '' and account_locked = 'N'`}
	grant := "GRANT SELECT (user, host, ssl_type, account_locked) ON mysql.user TO the role"
	if r.Engine == "mariadb" {
		queries = []string{
			`select user, host from mysql.global_priv where coalesce(json_value(priv, '$.ssl_type'), 0) = 0
				and not coalesce(json_value(priv, '$.account_locked'), 0) and not coalesce(json_value(priv, '$.is_role'), 0)
				and coalesce(json_value(priv, '$.plugin'), '') <> 'unix_socket'`,
			`select user, host from mysql.user where ssl_type = '' and is_role = 'N' and plugin <> 'unix_socket'`,
			`select user, host from mysql.user where ssl_type = '' and is_role = 'N'`,
		}
		grant = "GRANT SELECT (user, host, ssl_type, is_role) ON mysql.user TO the role"
	}
	for _, query := range queries {
		list, err := readAccounts(ctx, conn, query)
		if err == nil {
			r.Accounts = list
			return nil
		}
		if !isError(err, errAccessDenied, errColumnDenied, errSpecific) {
			return err
		}
	}
	r.note("The role cannot see which accounts require TLS. This would show it: " + grant)
	return nil
}

func readAccounts(ctx context.Context, conn *sql.Conn, query string) ([]Account, error) {
	rows, err := conn.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err is checked
	var list []Account
	for rows.Next() {
		var a Account
		if err := rows.Scan(&a.User, &a.Host); err != nil {
			return nil, err
		}
		internal := a.User == "mariadb.sys" || a.User == "mysql.sys" || a.User == "mysql.session" || a.User == "mysql.infoschema"
		if !internal && !own(a.User) {
			list = append(list, a)
		}
	}
	return list, rows.Err()
}
