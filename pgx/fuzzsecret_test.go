package rdspgx_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// FuzzErrorsHoldNoSecret checks that no part of a password gets into an error, or to where pgx
// and the server quote it, whatever the characters around it and the string.
func FuzzErrorsHoldNoSecret(f *testing.F) {
	forms := slices.Concat(urlForms, keyForms)
	hidden := []struct{ before, after string }{
		{"12/", "@w"},
		{"a b=", " c=d"},
		{"x@y?z=", "&w=1"},
		{orders + ":5432/?Action=connect&X-Amz-Credential=AK%2F", "&X-Amz-Signature=1"},
	}
	for i := range forms { // few seeds: they are all that a short run gets to
		seed := hidden[i%len(hidden)]
		f.Add(uint8(i), seed.before, seed.after, uint8(i))
	}
	f.Add(uint8(1), "@0?0=", "&0. =", uint8(2)) // found by fuzzing: an unknown name that has a dot
	options := []*rdstls.Options{nil, trust(), {ServerName: orders}}
	f.Fuzz(func(t *testing.T, form uint8, before, after string, option uint8) {
		if rdspgx.AssignsKnown(before+part1+after) || namesFile(before+after) {
			return // then the canary is the value of that setting
		}
		host := "localhost:15432"
		if option >= 128 {
			host = orders
		}
		connString := strings.NewReplacer("HOST", host, "SECRET", before+part1+after).Replace(forms[int(form)%len(forms)])
		cfg, err := rdspgx.ParseConfig(connString, options[int(option)%len(options)])
		if err != nil {
			wantNoParts(t, connString, err.Error(), err)
			return
		}
		wantNoParts(t, connString, told(cfg), nil)
	})
}

// FuzzCut checks that this package cuts a connection string as pgx does.
func FuzzCut(f *testing.F) {
	for i, s := range slices.Concat(secretStrings(), ordinary, urlForms, keyForms) {
		if i%4 == 0 {
			f.Add(s)
		}
	}
	f.Fuzz(func(t *testing.T, connString string) {
		if namesFile(connString) {
			return
		}
		cfg, err := pgx.ParseConfig(connString)
		if err != nil {
			return
		}
		names, path := rdspgx.Names(connString)
		for name := range cfg.RuntimeParams {
			if !slices.Contains(names, name) {
				t.Errorf("%q: pgx sets %q, want one of %q", connString, name, names)
			}
		}
		isURL := strings.HasPrefix(connString, "postgres://") || strings.HasPrefix(connString, "postgresql://")
		if isURL && !slices.Contains(names, "database") && !slices.Contains(names, "dbname") {
			want, err := url.PathUnescape(strings.Trim(path, " "))
			if err != nil || cfg.Database != want {
				t.Errorf("%q: pgx uses the database %q, want %q, %v", connString, cfg.Database, want, err)
			}
		}
	})
}
