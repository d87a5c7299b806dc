package rdspgx_test

import (
	"strings"
	"testing"

	rdspgx "github.com/rdstls/go/pgx"
)

// TestMislaidSecrets checks that a string in which a password is where pgx and
// the server read, and quote, something else is refused.
func TestMislaidSecrets(t *testing.T) {
	t.Parallel()
	for _, form := range []string{
		// No password, and a user or a database that is two things.
		"postgres://app;SECRET@HOST/d", "postgres://app%3ASECRET@HOST/d", "host=HOST user=app:SECRET",
		"host=HOST user=app/SECRET", "postgres://app：SECRET@HOST/d", "postgres://HOST/d?user=app;SECRET",
		"postgres://HOST/app:SECRET", "postgres://app@HOST/d:SECRET", "host=HOST dbname=d:app:SECRET",
		// A name of a password, behind which there is no equals sign, or another one.
		"host=HOST user='app password:SECRET' password=x", "host=HOST dbname='d, password: SECRET' password=x",
		"host=HOST dbname='d;pw:SECRET' password=x", "postgres://HOST/d#pw=SECRET", "postgres://HOST/d？password＝SECRET",
		"postgres://HOST/d%3Fpassword%3DSECRET", "host=HOST options=password:SECRET", "host=HOST statement_timeout=5s;password:SECRET",
		"host=HOST user=app；password＝SECRET", "host=HOST user=app\u00a0pаssword=SECRET", "postgres://HOST/d?pаsswоrd=SECRET",
		"postgres://HOST/d?pw=SECRET", "postgres://HOST/d?passwort=SECRET",
		// user:password@host, percent-encoded or in another place.
		"host=HOST dbname=app:SECRET%40HOST/d", "host=HOST dbname=app%3ASECRET@HOST/d", "host=HOST dbname=postgres:app:SECRET@HOST",
		// A line of a password file.
		"host=HOST:5432:db:app:SECRET", "host=HOST dbname=HOST:5432:d:app:SECRET password=x", "host=HOST user=HOST:5432:d:app:SECRET password=x",
		// A token.
		"host=HOST user='HOST:5432/?Action=connect&DBUser=app&X-Amz-Signature=SECRET'", "host=HOST password=x options='X-Amz-Signature=SECRET'",
		"host=HOST dbname='HOST:5432/?Action=connect&X-Amz-Security-Token=SECRET'",
		"host=HOST password=x dbname='X-Amz-Security-Token=SECRET'", "host=HOST password=x user='X-Amz-Credential=SECRET'",
		// A URL without a user.
		"host=HOST password=x dbname='redis://SECRET'",
		// The end of a password that was not quoted.
		"host=HOST password=x log_SECRET=1", "host=HOST password=x ssl_SECRET=1", "host=HOST password=x 1.SECRET=1", "host=HOST password=“a user=SECRET”", "host=HOST password=‘a dbname=SECRET’",
		// A setting whose values are few.
		"host=HOST sslnegotiation=SECRET", "host=HOST application_name='password=SECRET'",
	} {
		for _, host := range []string{orders, "localhost"} {
			connString := strings.NewReplacer("HOST", host, "SECRET", "K"+part1).Replace(form)
			for _, opts := range []struct {
				name string
				err  error
			}{{"ParseConfig", parseConfig(connString)}, {"ParsePoolConfig", parsePoolConfig(connString)}} {
				if opts.err == nil {
					t.Errorf("%s(%q) = nil, want an error", opts.name, connString)
					continue
				}
				wantNoParts(t, connString, opts.err.Error(), opts.err)
			}
		}
	}
}

func parseConfig(connString string) error {
	_, err := rdspgx.ParseConfig(connString, trust())
	return err
}

func parsePoolConfig(connString string) error {
	_, err := rdspgx.ParsePoolConfig(connString, trust())
	return err
}

// TestOrdinarySigns checks that values that look a little like that stay legal.
func TestOrdinarySigns(t *testing.T) {
	t.Parallel()
	for _, connString := range []string{
		`postgres://app:p@HOST/db?search_path="Tenant"`, `postgres://app:p@HOST/db?search_path=public,"Tenant"`,
		`postgres://app:p@HOST/db?options=-c%20search_path%3D"Tenant"`, "postgres://app:p@HOST/db?application_name=svc:1&newguc=2",
		"host=HOST user=app password=x allow_system_table_mods=on", "host=HOST user=app password=x backtrace_functions=f",
		"host=HOST user=app password=x statement_timeout=5000 log_min_messages=info", `host=HOST user='CORP\\app'`, "host=HOST user=app@CORP.EXAMPLE",
		"host=HOST user=svc:app password=x dbname=a:b", "host=HOST user=app password=x application_name='pod password: rotated'",
		"host=HOST user=app password=“x”", "host=HOST user=app password=x app.token=y", "host=HOST user=app password=p:w;x=y",
		"host=HOST user=app password=x options='-c app.password_policy=strong'", "postgres://app:p%22@HOST/db", `postgres://app:p"@HOST/db`,
		"postgres://app:2dTqe#6'_wpXS<la?*y{n.S=7>N@HOST/db", "postgres://app:?ZXa=c&.=Y0X?b=@HOST/db", "host=HOST user=app password='“x’y z' dbname=db",
		"host=HOST user=app password=“x dbname=db", "host=HOST user=app password='“x” y' dbname=db", "host=HOST password=x LOCK_TIMEOUT=5s Statement_Timeout=5s CLIENT_ENCODING=UTF8",
		"postgres://app:s@HOST/db?application_name=x\n", "postgres://app:s@HOST/db?statement_timeout=5000\r\n",
		"host=HOST user=svc/db1.corp.example@CORP.EXAMPLE krbsrvname=postgres", "host=HOST user='app user'", "host=HOST user='R&D'",
		"host=HOST user=cn=app,ou=db,dc=corp", "host=HOST dbname=a/b", "host=HOST user=urn:app:svc:prod password=x", "host=HOST dbname=a:b:c:d password=x",
		"host=HOST dbname='v1.2=x' password=x", "host=HOST password=x application_name='psql pwd=/home/x'", "host=HOST password=x application_name=x-amz-job",
		`host=HOST password=x app.ctx='{"user":"a","password":false}'`, "application_name='svc;env=prod' host=HOST user=app",
		"postgres://app:s@HOST/db?application_name='worker/1'", `postgres://app:s@HOST/db?search_path="a/b"`,
		"host=HOST password=x timezone=UTC+01:00 application_name='https://ci/1' newparam=1", "host=HOST user=app sql_inheritance=on",
	} {
		connString = strings.ReplaceAll(connString, "HOST", orders)
		if err := parseConfig(connString); err != nil {
			t.Errorf("ParseConfig(%q) = %v, want nil", connString, err)
		}
	}
}
