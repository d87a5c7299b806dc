package rdsmysql_test

import (
	"errors"
	"strings"
	"testing"

	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

// TestMislaidSecrets checks that a DSN in which a password is where the driver
// and the server read, and quote, something else is refused.
func TestMislaidSecrets(t *testing.T) {
	t.Parallel()
	for _, form := range []string{
		// The port, which net looks up.
		"app@tcp(HOST:SECRET)/db", "app@tcp(HOST:3306;password=SECRET)/db", "app@tcp(HOST:3306,password=SECRET)/db",
		"app@tcp(HOST:3306?password=SECRET)/db", "app@tcp(HOST:3306/?Action=connect&X-Amz-Signature=SECRET)/db",
		// No password, and a user or a database that is two things.
		"app;SECRET@tcp(HOST)/db", "app/SECRET@tcp(HOST)/db", "app：SECRET@tcp(HOST)/db",
		"app@tcp(HOST)/app:SECRET", "app@tcp(HOST)/db:SECRET",
		// The name of a password in a value.
		"app;password=SECRET@tcp(HOST)/db", "user=app&password=SECRET@tcp(HOST)/db", "app --password=SECRET@tcp(HOST)/db", "-uapp -pSECRET@tcp(HOST)/db",
		"app:x@tcp(HOST)/db&password=SECRET", "app:x@tcp(HOST)/db;password=SECRET", "app:x@tcp(HOST)/db Pwd=SECRET",
		"app:x@tcp(HOST)/db#password=SECRET", "app:x@tcp(HOST)/db%3Fpassword=SECRET", "app:x@tcp(HOST)/app:SECRET@db", "app:x@tcp(HOST)/db？password＝SECRET",
		"app:x@tcp(HOST)/db?charset=utf8mb4;password=SECRET", "app:x@tcp(HOST)/db?charset=utf8mb4 password=SECRET",
		"app:x@tcp(HOST)/db?charset=utf8mb4 SECRET", "app:x@tcp(HOST)/X-Amz-Credential=SECRET",
		"app:x@tcp(HOST)/db?autocommit=1;password=SECRET", "app:x@tcp(HOST)/db?autocommit=1 password=SECRET", "app:x@tcp(HOST)/db?autocommit=1?password=SECRET",
		"app:x@tcp(HOST)/db?time_zone='UTC';password=SECRET", "app:x@tcp(HOST)/db?autocommit=1&amp;password=SECRET",
		// A parameter that is none.
		"app@tcp(HOST)/db?parseTime=true& password=SECRET", "app@tcp(HOST)/db?%70assword=SECRET", "app@tcp(HOST)/db?pаssword=SECRET",
		"app@tcp(HOST)/db?passwort='SECRET", "app@tcp(HOST)/db?client_secret=SECRET", "app@tcp(HOST)/db?token=SECRET", "app@tcp(HOST)/db?MYSQL_PWD=SECRET",
		"app@tcp(HOST)/db?user_password=SECRET", "app@tcp(HOST)/db?passphrase=SECRET", "app@tcp(HOST)/db?auth='SECRET", `app:x@tcp(HOST)/db?autocommit="SECRET`, "app:x@tcp(HOST)/db?=SECRET",
	} {
		dsn := strings.NewReplacer("HOST", orders, "SECRET", wordA+wordB).Replace(form)
		_, err := rdsmysql.OpenDB(dsn, trust())
		var refused *rdstls.ConfigError
		if !errors.As(err, &refused) {
			t.Errorf("OpenDB(%q) = %v, want a *rdstls.ConfigError", dsn, err)
			continue
		}
		wantNoCanary(t, dsn, err)
	}
}

// TestUnknownNetwork checks that the name of a network, which can be a part of a
// password, is not in the error of a connection.
func TestUnknownNetwork(t *testing.T) {
	t.Parallel()
	db, err := rdsmysql.OpenDB("app@"+wordA+wordB+"("+orders+":3306)/db", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.PingContext(t.Context())
	if err == nil || !strings.Contains(err.Error(), "user:password@tcp(host:port)/name") {
		t.Errorf("Ping = %v, want an error that says what form a DSN has", err)
	}
	wantNoCanary(t, "the network", err)
}

// TestOrdinarySigns checks that values that look a little like that stay legal.
func TestOrdinarySigns(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{
		"app@corp:x@tcp(HOST)/db", "svc;app:x@tcp(HOST)/a%2Fb", "app:p;w=x@tcp(HOST)/db?time_zone=%27Europe%2FBerlin%27", "app@tcp(HOST)/my-db",
		"app:x@tcp(HOST)/db?charset=utf8mb4,utf8&collation=utf8mb4_bin", "app:x@tcp(HOST)/db?sql_mode=%27ANSI_QUOTES%27&tx_isolation=%27READ-COMMITTED%27",
		"app:x@tcp(HOST)/db?connectionAttributes=program_name:x,token:y", "app:x@tcp(HOST)/db?@@session.autocommit=1", "-app:x@tcp(HOST)/db",
		"app:x@tcp(HOST)/db?charset=utf8mb4, utf8", "app:x@tcp(HOST)/db?charset='utf8mb4'", "app:x@tcp(HOST)/db?charset=utf8mb4 COLLATE utf8mb4_unicode_ci",
		"app:x@tcp(HOST)/db?charset=utf8mb4\n", "app:x@tcp(HOST)/db?autocommit=1\n", "app:x@tcp(HOST)/db?SESSION sql_mode='ANSI'&session wait_timeout=30",
		"app:x@tcp(HOST)/db?parseTime=true& time_zone=%27UTC%27", "app:x@tcp(HOST)/db?@my$var=1&@csrf_token='x'", "app:x@tcp(HOST)/db?@a=%22O%27Brien%22",
		`app:x@tcp(HOST)/db?@a='O\'Brien'`, "R&D@tcp(HOST)/db", "app user@tcp(HOST)/db", "app@tcp(HOST)/a%2Fb", "-usr:x@tcp(HOST)/db",
	} {
		dsn = strings.ReplaceAll(dsn, "HOST", orders)
		if _, err := rdsmysql.OpenDB(dsn, trust()); err != nil {
			t.Errorf("OpenDB(%q) = %v, want nil", dsn, err)
		}
	}
}
