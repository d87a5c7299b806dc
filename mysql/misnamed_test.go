package rdsmysql_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/advicetest"
	rdsmysql "github.com/rdstls/go/mysql"
)

// TestDSNsOfOtherForms checks that what people write for other drivers, and copy with
// what stands around it, is refused with what to write instead. The driver takes some
// of these for a DSN with another user and password.
func TestDSNsOfOtherForms(t *testing.T) {
	t.Parallel()
	const notURL = "user:password@tcp(host:port)/name, not a URL"
	for _, tt := range []struct{ dsn, want string }{
		{"mysqlx://app:SECRET@HOST/db", notURL},
		{"mysqls://app:SECRET@HOST/db", notURL},
		{"MYSQL://app:SECRET@tcp(HOST:3306)/db", notURL},
		{"sql://app:SECRET@tcp(HOST)/db", notURL},
		{"mssql://app:SECRET@tcp(HOST)/db", notURL},
		{"tidb://app:SECRET@tcp(HOST)/db", notURL},
		{"tls://app:SECRET@tcp(HOST)/db", notURL},
		{"mysql:///app:SECRET@tcp(HOST)/db", notURL},
		{"//app:SECRET@tcp(HOST)/db", notURL},
		{"jdbc:aws-wrapper:mysql://HOST/db?user=app&password=SECRET", notURL},
		{"mariadb+pymysql://app:SECRET@HOST", notURL},
		{"DSN=app:SECRET@tcp(HOST)/db", "environment variable"},
		{"DATABASE_URL=mysql://app:SECRET@HOST/db", "environment variable"},
		{"“app:SECRET@tcp(HOST)/db”", "quotes"},
		{"`app:SECRET@tcp(HOST)/db`", "quotes"},
		{"\ufeffapp:SECRET@tcp(HOST)/db", "byte order mark"},
		{"app:SECRET@tcp(HOST)/db?loc=Europe/Berlin", "parameter loc has a slash in its value; write it as %2F"},
		{"app:SECRET@tcp(HOST)/db?parseTime=true&loc=America/New_York", "parameter loc has a slash"},
		{"app:SECRET@tcp(HOST)/db?time_zone='Europe/Berlin'&parseTime=true", "parameter time_zone has a slash"},
		{"app:SECRET@tcp(HOST)/db?tls=required", "parameter tls names a TLS config key that is not registered; leave tls out"},
		{"app:SECRET@tcp(HOST)/db?tls=verify-full", "leave tls out"},
		{"app:SECRET@tcp(HOST)/db?tls=on", "leave tls out"},
		{"app:SECRET@tcp(HOST)/db?tls=disable", "leave tls out"},
		{"app:SECRET@tcp(HOST)/db?maxAllowedPacket=64M", "parameter maxAllowedPacket is not a whole number of bytes"},
		{"app:SECRET@tcp(HOST)/db?loc=Local;parseTime=true", "parameter loc"},
		{"app:SECRET@tcp(HOST)/db?parseTime=yes", "parameter parseTime is neither true nor false"},
		{"app@tcp(HOST)/db?password=SECRET", "parameter password does not exist"},
		{"app@tcp(HOST)/db?Pwd=SECRET", "parameter pwd does not exist"},
		{"tcp(HOST)/db?user=app&password=SECRET", "does not exist"},
		{"app:SECRET@/db?host=HOST", "parameter host does not exist"},
		{"app:SECRET@tcp:HOST:3306/db", "user:password@tcp(host:port)/name"},
		{"app:SECRET@tcp://HOST:3306/db", "user:password@tcp(host:port)/name"},
		{"app:SECRET@tcp[HOST:3306]/db", "user:password@tcp(host:port)/name"},
		{"host=HOST user=app password=SECRET", "user:password@tcp(host:port)/name"},
		{"Server=HOST;Uid=app;Pwd=SECRET;Database=db", "user:password@tcp(host:port)/name"},
		{"${DSN}", "user:password@tcp(host:port)/name"},
	} {
		dsn := strings.NewReplacer("HOST", orders, "SECRET", wordA+wordB).Replace(tt.dsn)
		_, err := rdsmysql.ParseDSN(dsn)
		wantNoCanary(t, dsn, err)
		advicetest.WantConfigError(t, fmt.Sprintf("ParseDSN(%q)", dsn), err, "DSN", nil)
		if !strings.Contains(err.Error(), tt.want) {
			t.Errorf("ParseDSN(%q) = %v, want one that says %q", dsn, err, tt.want)
		}
	}
	for _, dsn := range []string{
		"APP:a=b@tcp(" + orders + ")/db", "app:X=1@tcp(" + orders + ")/db", "mysql:x@tcp(" + orders + ")/db", "app:/x@tcp(" + orders + ")/db",
		"app:p@tcp(" + orders + ")/db?time_zone=%27Europe%2FBerlin%27&loc=Europe%2FBerlin",
	} {
		if _, err := rdsmysql.ParseDSN(dsn); err != nil {
			t.Errorf("ParseDSN(%q) = %v, want nil", dsn, err)
		}
	}
}
