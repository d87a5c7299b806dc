package rdspgx_test

import (
	"strings"
	"testing"

	rdspgx "github.com/rdstls/go/pgx"
)

// ordinary are correct connection strings with what looks like a mistake: at
// signs, equals signs, colons, URLs and unknown names.
var ordinary = []string{
	"postgres://app:secret@HOST/orders",
	"postgresql://app:secret@HOST:5432/orders?sslmode=require",
	"postgres://app@HOST/orders",
	"postgres://HOST/orders?user=app&password=p@ss",
	"postgres://HOST:5432/orders?application_name=job@localhost",
	"postgres://app:p%40ss%2Fw%3F%25%20x@HOST/orders?application_name=job@localhost",
	"postgres://app:what?@HOST/orders", "postgres://app:a?b=c@HOST/orders", "postgres://app:#,:;&=!$*()[]+~|\\'\"@HOST/orders",
	"postgres://app%40corp:secret@HOST/orders",
	"postgres://app:secret@HOST,HOST/orders?target_session_attrs=read-write",
	"postgres://app:secret@HOST/orders?options=-c%20app.actor%3Djob@localhost",
	"postgres://app:secret@HOST/orders?search_path=@tenant&app.actor=job@localhost",
	"postgres://app:secret@HOST/orders?lc_messages=ca_ES@valencia&role=app@corp",
	"postgres://app:secret@HOST/my%20orders%40home?statement_timeout=5s&timezone=Europe/Berlin",
	"postgres://app:secret@HOST/orders?pool_max_conns=10&pool_max_conn_lifetime=1h",
	"postgres://app:secret@HOST/orders?newparam=1&password=other&sslmode=require",
	"postgres://app:secret@HOST/tenant/orders",
	"postgres://app:secret@HOST/orders#fragment",
	" host=HOST user=app",
	"host=HOST user=app password=secret dbname=orders",
	"host = HOST user = app password = 's e=c r\\'e\\\\t' dbname = orders",
	"host=HOST user=app password=a=b@c:d/e?f%g&h dbname=orders sslmode=require",
	"host=HOST user=job@corp dbname='my orders' application_name=job@localhost",
	"host=HOST user=app options='-c app.actor=job@localhost -c search_path=a,b --statement_timeout=5s'",
	"host=HOST user=app options='-c app.password=x -c app.user=y -c rls.host=z'",
	"host=HOST search_path='@tenant'", "host=HOST search_path='\"a=b\",public'",
	"host=HOST application_name='https://ci.example/job/1?run=2'", "host=HOST application_name='worker host=web-1 user=7'",
	"host=HOST application_name=mailto:job@example.com", "host=HOST application_name=https://ci@example.com/x",
	"host=HOST password=secret app.tenant=7", "host=HOST password=secret TimeZone=UTC DateStyle=ISO",
	"host=HOST newparameter=1 password=secret", "host=HOST password=secret idle_in_transaction_session_timeout=5s",
	"host=HOST user='' password=secret", "host=HOST user=app password=''",
	"host=HOST dbname=orders=2026", "host=HOST user=dXNlcg==", "host=HOST dbname=a:b password=x",
	"host=HOST port=5432 replication=database fallback_application_name=x",
}

// TestOrdinaryStrings checks that ordinary connection strings are accepted.
func TestOrdinaryStrings(t *testing.T) {
	t.Parallel()
	for _, form := range ordinary {
		connString := strings.ReplaceAll(form, "HOST", orders)
		if _, err := rdspgx.ParseConfig(connString, nil); err != nil && !strings.Contains(form, "pool_") {
			t.Errorf("ParseConfig(%q) = %v, want nil", connString, err)
		}
		if _, err := rdspgx.ParsePoolConfig(connString, nil); err != nil {
			t.Errorf("ParsePoolConfig(%q) = %v, want nil", connString, err)
		}
	}
}
