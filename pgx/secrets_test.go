package rdspgx_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// The parts of a secret. An error must hold none of them.
const (
	part1 = "c4n4ry0f"
	part2 = "0bs1d1an"
)

// special are the characters that mean something in a connection string.
const special = "@/?#%: =&'\\,;[]\"+|\t"

// secrets are passwords with each special character, and with pairs of them.
func secrets(pairs bool) []string {
	var all []string
	for _, c := range special {
		all = append(all, string(c)+part1, part1+string(c), part1+string(c)+part2, "12"+string(c)+part1)
		for _, d := range special {
			if pairs {
				all = append(all, "12"+string(c)+part1+string(d)+part2)
			}
		}
	}
	return append(all,
		part1,
		"12/"+part1+"?b="+part2, "12/a?"+part1+"="+part2, part1+"@b?c="+part2, "a@"+part1+":12/"+part2,
		"12/"+part1+"?b=c&d="+part2, "a@[::1]/"+part1, "a b="+part1, "a "+part1+"=b c="+part2, part1+"&amp;"+part2,
		orders+":5432/?Action=connect&DBUser=app&X-Amz-Credential="+part1+"%2Frds-db&X-Amz-Signature="+part2,
		orders+":5432?Action=connect&DBUser=app&X-Amz-Credential="+part1+"%2Frds-db&X-Amz-Signature="+part2,
	)
}

// urlForms and keyForms are ways to write a password into a string, right ones and
// wrong ones. HOST and SECRET are replaced.
var (
	urlForms = []string{
		"postgres://app:SECRET@HOST/d",
		"postgres://app:SECRET@HOST",
		"postgres://:SECRET@HOST/d",
		"postgresql://app:SECRET@HOST/d?sslmode=require",
		"postgres://app:SECRET@HOST/d?application_name=job@localhost&sslmode=require",
		"postgres://app:SECRET@HOST?sslmode=require",
		"postgres://app:SECRET@HOST,HOST/d",
		"postgres://app:x@HOST,SECRET@HOST/d",
		"postgres://app@SECRET@HOST/d",
		"postgres://app/SECRET@HOST/d",
		"postgres://HOST/d?user=app&password=SECRET",
		"postgres://HOST/d?password=SECRET&sslmode=require",
		"postgres://HOST?password=SECRET",
		"postgres://HOST?user=app&password=SECRET&sslmode=require",
		"postgres://app@HOST?password=SECRET&user=app",
		"postgres://app@HOST/d?sslpassword=SECRET&sslmode=require",
		"postgres://app@HOST/d&password=SECRET",
		"postgres://app@HOST/d;password=SECRET",
		"postgres://app@HOST/d;Pwd=SECRET",
		"postgres://app@HOST/d&password%3DSECRET",
		"postgres://app@HOST/d password=SECRET",
		"postgres://app@HOST/d,password=SECRET",
		"postgres://app@HOST&password=SECRET",
		"postgres://app&password=SECRET@HOST/d",
		"postgres://app?password=SECRET@HOST/d",
		"postgres://app@HOST/d?PASSWORD=SECRET",
		"postgres://app@HOST/d?application_name=&amp;password=SECRET",
		"postgres://app@HOST/d?application_name=x%26password%3DSECRET",
		"postgres://app@HOST/d?application_name=postgres://app:SECRET@HOST/d",
		"pgx5://app:SECRET@HOST/d", "pgx5://app:SECRET@HOST/d?sslmode=require",
		"jdbc:postgresql://app:SECRET@HOST/d?sslmode=require",
		"postgresql+psycopg2://app:SECRET@HOST/d?sslmode=require",
		"POSTGRES://app:SECRET@HOST/d?sslmode=require",
		" postgres://app:SECRET@HOST/d?sslmode=require",
		"\"postgres://app:SECRET@HOST/d?sslmode=require\"", "'postgres://app:SECRET@HOST/d'",
		"postgres:/app:SECRET@HOST/d?sslmode=require", "//app:SECRET@HOST/d?sslmode=require",
		"app:SECRET@HOST/d?sslmode=require", "app:SECRET@HOST/d",
		"DATABASE_URL=postgres://app:SECRET@HOST/d?sslmode=require",
		"psql postgres://app:SECRET@HOST/d?sslmode=require",
	}
	keyForms = []string{
		"host=HOST user=app password=SECRET dbname=d",
		"host=HOST user=app dbname=d password=SECRET",
		"host=HOST password=SECRET sslmode=require",
		"host=HOST password='SECRET' dbname=d",
		"password='SECRET' host=HOST application_name='a b'",
		"host=HOST user=app;password=SECRET",
		"host=HOST user=app,password=SECRET dbname=d",
		"host=HOST user=app&Password=SECRET",
		"host=HOST dbname='d password=SECRET'", "host=HOST dbname='d passwd = SECRET'",
		"host=HOST user='app password=SECRET' dbname=d",
		"host=HOST;password=SECRET", "host=HOST,password=SECRET", "host='HOST password=SECRET'",
		"host=HOST user=postgres://app:SECRET@alias/db",
		"host=HOST dbname=postgresql://app:SECRET@alias/db",
		"host=HOST user=app:SECRET@alias",
		"host=postgres://app:SECRET@HOST/db user=app",
		"host=HOST PASSWORD=SECRET", "host=HOST passwd=SECRET user=app", "host=HOST PGPASSWORD=SECRET",
		"Host=HOST;Username=app;Password=SECRET;Database=d",
		"Server=HOST;User Id=app;Password=SECRET",
		`{"host"="HOST","password"="SECRET"}`,
		"host=HOST options='-c role=x password=SECRET'",
		"host=HOST application_name='postgres://app:SECRET@alias/db'",
	}
)

// TestNoSecretAnywhere checks that no mistyped string moves a part of the password
// to where an error quotes it: into an error of this package, or into what pgx
// quotes and tells the server.
func TestNoSecretAnywhere(t *testing.T) {
	t.Parallel()
	options := []struct {
		host string
		opts *rdstls.Options
	}{{orders, nil}, {"db.example.com:15432", nil}, {"localhost:15432", &rdstls.Options{ServerName: orders}}, {"db.example.com", trust()}}
	forms := slices.Concat(urlForms, keyForms)
	whole := len(forms)
	for _, setting := range settings {
		forms = append(forms, "host=HOST "+setting+"= password=SECRET", "host=HOST "+setting+"= Password=SECRET user=app")
	}
	refused, accepted := 0, 0
	for i, form := range forms {
		for j, secret := range secrets(i < whole) {
			o := options[(i+j)%len(options)] // each form and most secrets meet all of them
			connString := strings.NewReplacer("HOST", o.host, "SECRET", secret).Replace(form)
			cfg, err := rdspgx.ParseConfig(connString, o.opts)
			if err != nil {
				refused++
				wantNoParts(t, connString, err.Error(), err)
				continue
			}
			accepted++
			wantNoParts(t, connString, told(cfg), nil)
		}
	}
	if refused < 1000 || accepted < 1000 {
		t.Errorf("%d strings refused, %d accepted: this tests nothing", refused, accepted)
	}
}

// told returns all that pgx quotes in errors or sends to the server before the
// password.
func told(cfg *pgx.ConnConfig) string {
	text := fmt.Sprintf("%q %q %q %q", cfg.User, cfg.Database, cfg.RuntimeParams, cfg.KerberosSpn)
	for _, a := range attemptsOf(cfg) {
		text += fmt.Sprintf(" %q", a.Host)
	}
	return text
}

func wantNoParts(t *testing.T, connString, text string, err error) {
	t.Helper()
	if strings.Contains(text, part1) || strings.Contains(text, part2) {
		t.Errorf("%q: %s, with a part of the secret", connString, text)
	}
	var refused *rdstls.ConfigError
	if err != nil && !errors.As(err, &refused) {
		t.Errorf("%q: %v, want a *rdstls.ConfigError", connString, err)
	}
}
