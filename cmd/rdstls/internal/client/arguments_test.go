package client_test

import (
	"strings"
	"testing"

	"github.com/rdstls/go/cmd/rdstls/internal/client"
)

// argumentTests are arguments of programs, by the name of the program and what they are.
var argumentTests = map[string]struct {
	family client.Family
	args   string // separated by |
	want   string // part of the error, "" if there must be none
}{
	"psql-plain":            {client.Libpq, "-Atc|select 1", ""},
	"psql-password-prompt":  {client.Libpq, "-W", ""},
	"psql-user":             {client.Libpq, "-U|app|-d|orders", ""},
	"psql-variable":         {client.Libpq, "-v|name=value", ""},
	"psql-table":            {client.Libpq, "--tuples-only|--no-align", ""},
	"psql-help":             {client.Libpq, "--help", ""},
	"psql-host":             {client.Libpq, "-h|canary", "host"},
	"psql-host-attached":    {client.Libpq, "-hcanary", "host"},
	"psql-host-bundled":     {client.Libpq, "-Ath|canary", "host"},
	"psql-host-long":        {client.Libpq, "--host=canary", "host"},
	"psql-host-abbreviated": {client.Libpq, "--ho|canary", "host"},
	"psql-conninfo":         {client.Libpq, "host=canary dbname=orders", "host"},
	"psql-conninfo-second":  {client.Libpq, "dbname=orders hostaddr = 10.0.0.1", "host"},
	"psql-service":          {client.Libpq, "service=canary", "host"},
	"psql-sslmode":          {client.Libpq, "dbname=orders sslmode=require", "TLS"},
	"psql-sslmode-upper":    {client.Libpq, "SSLMODE=disable", "TLS"},
	"psql-sslrootcert":      {client.Libpq, "sslrootcert=canary", "TLS"},
	"psql-gss":              {client.Libpq, "gssencmode=require", "TLS"},
	"psql-dbname":           {client.Libpq, "--dbname=host=canary", "host"},
	"psql-d-attached":       {client.Libpq, "-dhost=canary", "host"},
	"psql-url":              {client.Libpq, "postgres://app:canary@db/orders", "host"},
	"psql-url-sslmode":      {client.Libpq, "postgresql:///orders?sslmode=require", "TLS"},
	"psql-url-host":         {client.Libpq, "postgresql:///orders?host=canary", "host"},
	"psql-url-no-host":      {client.Libpq, "postgresql:///orders", ""},
	"psql-url-login":        {client.Libpq, "postgres://app:canary@/orders", "password"},
	"psql-url-malformed":    {client.Libpq, "postgres://app:can%ary@/", "host"},
	"psql-set-sslmode":      {client.Libpq, "--set=sslmode=require", "TLS"},
	"psql-d-bundled":        {client.Libpq, "-Atdhost=canary dbname=x", "host"},
	"psql-after-quote":      {client.Libpq, "user='a'hostaddr=10.0.0.1", "host"},
	"psql-vertical-tab":     {client.Libpq, "user=a\vhost=canary", "host"},
	"psql-url-semicolon":    {client.Libpq, "postgresql:///orders?sslrootcert=canary;x", "host"},
	"psql-url-password":     {client.Libpq, "postgresql:///orders?password=canary", "password"},
	"psql-user-attached":    {client.Libpq, "-Uhost", ""},
	"psql-command":          {client.Libpq, "-c|update t set host = 'x' where id=1", ""},
	"pg_dump-jobs":          {client.Libpq, "-Fd|-j|4|-f|out", ""},
	"pg_dump-table":         {client.Libpq, "-thistory|--schema=host", ""},
	"createdb-maintenance":  {client.Libpq, "--maintenance-db|host=canary", "host"},
	"mysql-plain":           {client.MySQL, "-N|-e|select 1|orders", ""},
	"mysql-prompt":          {client.MySQL, "-p", ""},
	"mysql-password":        {client.MySQL, "-pcanary", "password"},
	"mysql-password-long":   {client.MySQL, "--password=canary", "password"},
	"mysql-password-abbrev": {client.MySQL, "--pass=canary", "password"},
	"mysql-host":            {client.MySQL, "-Bh|canary", "host"},
	"mysql-host-underscore": {client.MySQL, "--loose_host=canary", "host"},
	"mysql-srv":             {client.MySQL, "--dns-srv-name=canary", "host"},
	"mysql-ssl-mode":        {client.MySQL, "--ssl-mode=REQUIRED", "TLS"},
	"mysql-ssl-underscore":  {client.MySQL, "--ssl_mode=REQUIRED", "TLS"},
	"mysql-ssl-upper":       {client.MySQL, "--SSL-MODE=DISABLED", "TLS"},
	"mysql-ssl-loose":       {client.MySQL, "--loose-ssl-mode=DISABLED", "TLS"},
	"mysql-ssl-abbreviated": {client.MySQL, "--ssl-m=DISABLED", "TLS"},
	"mysql-skip-ssl":        {client.MariaDB, "--skip-ssl", "TLS"},
	"mysql-disable-ssl":     {client.MariaDB, "--disable-ssl-verify-server-cert", "TLS"},
	"mysql-skip-host":       {client.MariaDB, "--skip-host", "host"},
	"mysql-two-modifiers":   {client.MariaDB, "--loose-disable-ssl", "TLS"},
	"mysqlcheck-bundled":    {client.MySQL, "-ah|canary", "host"},
	"mysqldump-result":      {client.MySQL, "-rhistory.sql", ""},
	"mysql-tls-version":     {client.MariaDB, "--tls-version=TLSv1", "TLS"},
	"mysql-defaults":        {client.MySQL, "--defaults-file=canary", "option files"},
	"mysql-no-defaults":     {client.MySQL, "--no-defaults", "option files"},
	"mysql-login-path":      {client.MySQL, "--login-path=canary", "option files"},
	"mysql-protocol":        {client.MySQL, "--protocol=socket", "TCP"},
	"mysql-protocol-abbrev": {client.MySQL, "--prot=socket", "TCP"},
	"mysql-socket":          {client.MariaDB, "-S|/tmp/canary.sock", "TCP"},
	"mysql-socket-long":     {client.MariaDB, "--socket=/tmp/canary.sock", "TCP"},
	"mysqldump-where":       {client.MySQL, "--where=id=1|orders", ""},
	"other-env":             {client.Other, "PGSSLMODE=canary|psql", "environment"},
	"other-env-removed":     {client.Other, "PGHOSTADDR=canary|psql", "environment"},
	"other-go-dsn":          {client.Other, "app:canary@tcp(db:3306)/orders", "host"},
	"other-ado":             {client.Other, "Username=canary;Host=db", "host"},
	"other-ado-ssl":         {client.Other, "Database=x;SSL Mode=Disable", "TLS"},
	"other-jdbc-ssl":        {client.Other, "jdbc:mysql:///orders?useSSL=false", "TLS"},
	"other-plain":           {client.Other, "app.py|--config=prod.yaml", ""},
	"other-assignment":      {client.Other, "host=canary", ""},
	"other-conninfo":        {client.Other, "host=canary user=app", "host"},
	"other-url":             {client.Other, "postgresql+psycopg2://app:canary@db/orders", "host"},
	"other-jdbc":            {client.Other, "jdbc:mysql://canary/orders", "host"},
	"other-https":           {client.Other, "https://example.com/path", ""},
	"other-host":            {client.Other, "--host|canary", "host"},
	"other-hostaddr":        {client.Other, "--hostaddr|10.0.0.1", "host"},
	"other-socket":          {client.Other, "--socket=/run/app.sock", ""},
	"other-sslmode":         {client.Other, "jdbc:postgresql:///orders?sslmode=require", "TLS"},
	"other-sslmode-camel":   {client.Other, "--opts=sslMode=REQUIRED", "TLS"},
}

// TestCheckArguments checks that arguments that set the host, TLS, option files or
// a password are refused in every spelling that the programs accept, and that the
// error does not repeat them.
func TestCheckArguments(t *testing.T) {
	t.Parallel()
	for name, tt := range argumentTests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := client.CheckArguments(programOf(name), tt.family, strings.Split(tt.args, "|"))
			if (err != nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("CheckArguments(%q) = %v, want an error with %q", tt.args, err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "canary") {
				t.Errorf("the error repeats the argument: %v", err)
			}
		})
	}
}

// FuzzCheckArguments checks that no error repeats an argument.
func FuzzCheckArguments(f *testing.F) {
	for _, seed := range []string{"-h", "--ssl-mode=", "postgres://app:", "host=x password=", "-p"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, prefix string) {
		const canary = "kanarienvogel"
		for _, family := range []client.Family{client.Other, client.Libpq, client.MySQL, client.MariaDB} {
			err := client.CheckArguments("", family, []string{prefix + canary, prefix, canary})
			if err != nil && strings.Contains(err.Error(), canary) {
				t.Errorf("the error repeats the argument: %v", err)
			}
		}
	})
}

// programOf returns the program that the name of a test begins with.
func programOf(name string) string {
	program, _, _ := strings.Cut(name, "-")
	return program
}
