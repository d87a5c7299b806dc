package rdspgx_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/advicetest"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// misnamed are settings that people write for pgx, and what the error must say.
var misnamed = []struct{ setting, want string }{
	{"hostname=" + canary, "host"},
	{"server=" + canary, "host"},
	{"DB_HOST=" + canary, "host"},
	{"hostaddr=10.0.0.1", "Options.ServerName"},
	{"username=app", "user"},
	{"uid=app", "user"},
	{"PGUSER=app", "user"},
	{"dbUser=app", "user"},
	{"db=orders", "dbname"},
	{"dbName=orders", "dbname must be in lower case"},
	{"db_name=orders", "dbname"},
	{"name=orders", "dbname"},
	{"Database=orders", "database must be in lower case"},
	{"PGPORT=5432", `use "port"`},
	{"Port=5432", "port must be in lower case"},
	{"ssl=require", "leave it out"},
	{"ssl_mode=require", "leave it out"},
	{"ssl-mode=REQUIRED", "leave it out"},
	{"sslMode=require", "sslmode must be in lower case"},
	{"sslmod=require", "leave it out"},
	{"tls=skip-verify", "leave it out"},
	{"useSSL=false", "leave it out"},
	{"ssl_ca=/rds.pem", "Options.Roots"},
	{"SslRootCert=x", "sslrootcert must be in lower case"},
	{"connectTimeout=5", "connect_timeout"},
	{"connection_timeout=5", "connect_timeout"},
	{"timeout=5s", "connect_timeout"},
	{"Connect_Timeout=5", "connect_timeout must be"},
	{"appname=x", "application_name"},
	{"ApplicationName=x", "application_name"},
	{"schema=app", "search_path"},
	{"currentSchema=app", "search_path"},
	{"search-path=app", "search_path"},
	{"max_conns=5", "pool_max_conns"},
	{"pool_size=5", "pool_max_conns"},
	{"connection_limit=5", "pool_max_conns"},
	{"prefer_simple_protocol=true", "default_query_exec_mode"},
	{"pgbouncer=true", "default_query_exec_mode"},
	{"binary_parameters=yes", "default_query_exec_mode"},
	{"x-migrations-table=m", "golang-migrate"},
	{"x-multi-statement=true", "golang-migrate"},
	{"passwd=" + canary, `"password", in lower case`},
	{"pass=" + canary, `"password", in lower case`},
	{"Pwd=" + canary, `"password", in lower case`},
	{"PASSWORD=" + canary, "password must be in lower case"},
}

// TestMisnamedSettings checks that the names of other drivers, and misspelled ones,
// are refused with the name that pgx has. PostgreSQL refuses each of them, after
// pgx has connected to the wrong server, or as the wrong user.
func TestMisnamedSettings(t *testing.T) {
	t.Parallel()
	for _, tt := range misnamed {
		for _, connString := range []string{
			"postgres://app:secret@" + orders + "/d?" + tt.setting, "postgres://app@" + orders + "?sslmode=require&" + tt.setting,
			"host=" + orders + " user=app " + tt.setting, tt.setting,
		} {
			_, err := rdspgx.ParsePoolConfig(connString, nil)
			advicetest.WantConfigError(t, fmt.Sprintf("ParsePoolConfig(%q)", connString), err, "connection string", nil)
			wantNoCanary(t, connString, err)
			if err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("ParsePoolConfig(%q) = %v, want %q in it", connString, err, tt.want)
			}
		}
	}
}

// TestStringsOfOtherForms checks that strings that are written for other programs, and
// copied with what stood around them, are refused with what is wrong with them.
func TestStringsOfOtherForms(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ form, want string }{
		{"mysql://app:SECRET@HOST:3306/d", "the scheme must be"},
		{"pg://app:SECRET@HOST/d", "the scheme must be"},
		{"https://app:SECRET@HOST/d", "the scheme must be"},
		{"jdbc:aws-wrapper:postgresql://HOST/d?user=app&password=SECRET", "the scheme must be"},
		{"postgresql+asyncpg://app:SECRET@HOST/d", "the scheme must be"},
		{"postgres+ssl://app:SECRET@HOST/d", "the scheme must be"},
		{"Postgres://app:SECRET@HOST/d", "the scheme must be"},
		{"postgres:app:SECRET@HOST/d", "the scheme must be"},
		{"\tpostgres://app:SECRET@HOST/d", "remove the space or quote"},
		{"`postgres://app:SECRET@HOST/d`", "remove the space or quote"},
		{"<postgres://app:SECRET@HOST/d>", "remove the space or quote"},
		{"postgres://app:SECRET@HOST/d\n", "line break"},
		{"postgres://app:SECRET@HOST/d?sslmode=require\r\n", "line break"},
		{"postgres://app:SECRET@HOST\n", "line break"},
		{"postgres://app:SECRET@HOST/d\"", "ends with a quote"},
		{"postgres://app:SECRET@HOST/d?application_name=x'", "ends with a quote"},
		{"Server=HOST;Port=5432;User Id=app;Password=SECRET;Database=d;", "semicolons"},
		{"host=HOST;user=app;password=SECRET", "semicolons"},
		{"host='HOST; user=app'", "semicolons"},
		{"app:SECRET@tcp(HOST:5432)/d", "a URL starts with postgres://"},
		{"HOST", "a URL starts with postgres://"},
		{"HOST:5432", "a URL starts with postgres://"},
		{"${DATABASE_URL}", "a URL starts with postgres://"},
		{`{"host":"HOST","password":"SECRET"}`, "a URL starts with postgres://"},
		{"host=postgres://HOST user=app", "give only the host"},
		{`host="HOST" user=app`, "give only the host"},
		{"host=HOST/d user=app", "give only the host"},
		{"host=HOST, user=app", "a comma too many"},
	} {
		connString := strings.NewReplacer("HOST", orders, "SECRET", canary).Replace(tt.form)
		_, err := rdspgx.ParseConfig(connString, nil)
		wantNoCanary(t, connString, err)
		if err == nil || !strings.Contains(err.Error(), tt.want) || errors.Is(err, rdstls.ErrNotEndpoint) {
			t.Errorf("ParseConfig(%q) = %v, want one that says %q and is not ErrNotEndpoint", connString, err, tt.want)
		}
	}
	if _, err := rdspgx.ParseConfig("postgres://"+orders+"/d?user=app&password="+canary+`"`, nil); err != nil {
		t.Errorf("a password that ends with a quote: %v, want nil", err)
	}
}

// TestMisspelledServerName checks that a misspelled Region in Options.ServerName is
// named, and that the host of the string is not blamed.
func TestMisspelledServerName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"db.c9akciq32.eu-west1.rds.amazonaws.com", "db.c9akciq32.euwest-1.rds.amazonaws.com:5432"} {
		_, err := rdspgx.ParseConfig("host=localhost", &rdstls.Options{ServerName: name})
		advicetest.WantConfigError(t, "ParseConfig", err, "ServerName", rdstls.ErrUnverified)
		if err == nil || !strings.Contains(err.Error(), "is not a Region") || errors.Is(err, rdstls.ErrNotEndpoint) {
			t.Errorf("ParseConfig with ServerName %q = %v, want one about the Region, and not ErrNotEndpoint", name, err)
		}
	}
}
