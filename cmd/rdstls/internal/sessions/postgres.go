package sessions

import (
	"context"
	"database/sql"
	"strings"
)

// Sessions of clients and of replication. A role without pg_read_all_stats sees
// NULL as the type of other users' sessions, so those count if they have a
// database: background processes have none. Before the login is over there is no
// usesysid, and PostgreSQL 18 shows a TLS client without TLS.
const postgresSessions = `
select coalesce(a.usename::text, ''), coalesce(a.application_name, ''), coalesce(host(a.client_addr), ''),
       a.client_port is not null, s.ssl, coalesce(s.version, ''), coalesce(s.cipher, ''), count(*)
from pg_stat_activity a left join pg_stat_ssl s using (pid)
where a.pid <> pg_backend_pid() and a.usesysid is not null
  and (a.backend_type in ('client backend', 'walsender') or a.backend_type is null and a.datid is not null)
group by 1, 2, 3, 4, 5, 6, 7`

func postgres(ctx context.Context, conn *sql.Conn, r *Report) error {
	r.Engine = "postgres"
	var force sql.NullString
	var role string
	err := conn.QueryRowContext(ctx, `select current_setting('server_version'), current_setting('rds.force_ssl', true),
		pg_has_role('pg_read_all_stats', 'usage'), quote_ident(current_user)`).Scan(&r.Version, &force, &r.seesAll, &role)
	if err != nil {
		return err
	}
	r.Version, _, _ = strings.Cut(r.Version, " ")
	r.Enforced = enforcement(force)
	if !force.Valid {
		r.note("The server has no rds.force_ssl: it is not RDS, or its version is not known here.")
	}
	if !r.seesAll {
		r.note("The role cannot see how other users are connected. This would show it: GRANT pg_monitor TO " + role)
	}
	rows, err := conn.QueryContext(ctx, postgresSessions)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err is checked
	for rows.Next() {
		var s Session
		var visible bool
		var ssl sql.NullBool
		if err := rows.Scan(&s.User, &s.Application, &s.Address, &visible, &ssl, &s.TLSVersion, &s.Cipher, &s.Count); err != nil {
			return err
		}
		if ssl.Valid { // pg_stat_ssl has only sessions that are visible
			s.Encrypted = &ssl.Bool
		}
		if visible && s.Address == "" {
			s.Address = Local
		}
		r.Sessions = append(r.Sessions, s)
	}
	return rows.Err()
}

func enforcement(value sql.NullString) string {
	switch strings.ToLower(value.String) {
	case "1", "on":
		return "on"
	case "0", "off":
		return "off"
	}
	return "unknown"
}
