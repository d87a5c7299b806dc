package rdsvet

import (
	"go/ast"
	"go/types"
	"regexp"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

// A dialect is how a driver reads a connection string.
type dialect int

const (
	pgxDialect dialect = iota
	pqDialect
	mysqlDialect
	urlDialect // PostgreSQL or MySQL, by the scheme
)

func (d dialect) parse(s string) (connstr.Conn, connstr.Verdict, error) {
	if d == mysqlDialect {
		c, err := connstr.ParseMySQL(s)
		return c, c.MySQL(), err
	}
	c, err := connstr.ParsePostgres(s)
	if d == pqDialect {
		return c, c.PQ(), err
	}
	return c, c.Pgx(), err
}

// modeName returns the name of the setting for messages.
func (d dialect) modeName() string {
	if d == mysqlDialect {
		return "tls"
	}
	return "sslmode"
}

// A sink is a function that takes a connection string.
type sink struct {
	path, name string
	arg        int
	dialect    dialect
	config     bool   // it returns a configuration, which can still be made safe
	fix        string // the call that replaces it, "package.Function"; "" if none does
	advice     string
}

const (
	pgxPath      = "github.com/jackc/pgx/v5"
	pgxpoolPath  = pgxPath + "/pgxpool"
	pgconnPath   = pgxPath + "/pgconn"
	stdlibPath   = pgxPath + "/stdlib"
	pqPath       = "github.com/lib/pq"
	mysqlPath    = "github.com/go-sql-driver/mysql"
	gormPostgres = "gorm.io/driver/postgres"
	gormMySQL    = "gorm.io/driver/mysql"
	bunPath      = "github.com/uptrace/bun/driver/pgdriver"
	sqlxPath     = "github.com/jmoiron/sqlx"
	migratePath  = "github.com/golang-migrate/migrate/v4"
)

const (
	usePgx         = "use rdspgx.Connect"
	usePool        = "use rdspgx.NewPool"
	usePgxDB       = "use rdspgx.OpenDB"
	useMySQLDB     = "use rdsmysql.OpenDB"
	usePgxConfig   = "use rdspgx.ParseConfig"
	usePoolConfig  = "use rdspgx.ParsePoolConfig"
	useConnector   = "pass the result to rdsmysql.NewConnector"
	useGorm        = "open the *sql.DB with rdspgx.OpenDB and give it to postgres.Config.Conn"
	useGormMySQL   = "open the *sql.DB with rdsmysql.OpenDB and give it to mysql.Config.Conn"
	useInstance    = "open the *sql.DB with rdspgx.OpenDB or rdsmysql.OpenDB and use migrate.NewWithDatabaseInstance"
	usePgxDriver   = "open the connection with rdspgx"
	useMySQLDriver = "open the connection with rdsmysql"
	useConfigure   = "call rdspgx.Configure on the configuration"
)

var sinks = []sink{
	{path: pgxPath, name: "Connect", arg: 1, fix: "rdspgx.Connect", advice: usePgx},
	{path: pgxPath, name: "ConnectWithOptions", arg: 1, advice: usePgx},
	{path: pgxPath, name: "ParseConfig", config: true, advice: usePgxConfig},
	{path: pgxPath, name: "ParseConfigWithOptions", config: true, advice: usePgxConfig},
	{path: pgxpoolPath, name: "New", arg: 1, fix: "rdspgx.NewPool", advice: usePool},
	{path: pgxpoolPath, name: "ParseConfig", config: true, advice: usePoolConfig},
	{path: pgconnPath, name: "Connect", arg: 1, advice: usePgx},
	{path: pgconnPath, name: "ConnectWithOptions", arg: 1, advice: usePgx},
	{path: pgconnPath, name: "ParseConfig", config: true, advice: usePgxConfig},
	{path: pgconnPath, name: "ParseConfigWithOptions", config: true, advice: usePgxConfig},
	{path: pqPath, name: "Open", dialect: pqDialect, advice: usePgxDB},
	{path: pqPath, name: "NewConnector", dialect: pqDialect, advice: usePgxDB},
	{path: gormPostgres, name: "Open", advice: useGorm},
	{path: gormMySQL, name: "Open", dialect: mysqlDialect, advice: useGormMySQL},
	{path: bunPath, name: "WithDSN", dialect: pqDialect, advice: usePgxDB},
	{path: mysqlPath, name: "ParseDSN", dialect: mysqlDialect, config: true, advice: useConnector},
	{path: mysqlPath, name: "MySQLDriver.Open", dialect: mysqlDialect, advice: useMySQLDB},
	{path: mysqlPath, name: "MySQLDriver.OpenConnector", dialect: mysqlDialect, advice: useMySQLDB},
	{path: migratePath, name: "New", arg: 1, dialect: urlDialect, advice: useInstance},
}

// sqlOpeners take the name of a driver before the string.
var sqlOpeners = []struct{ path, name string }{
	{"database/sql", "Open"},
	{sqlxPath, "Open"},
	{sqlxPath, "Connect"},
	{sqlxPath, "MustConnect"},
	{sqlxPath, "MustOpen"},
	{sqlxPath, "ConnectContext"},
}

// drivers are the names under which drivers register themselves.
var drivers = map[string]sink{
	"pgx":      {fix: "rdspgx.OpenDB", advice: usePgxDB},
	"pgx/v5":   {fix: "rdspgx.OpenDB", advice: usePgxDB},
	"postgres": {dialect: pqDialect, advice: usePgxDB},
	"mysql":    {dialect: mysqlDialect, fix: "rdsmysql.OpenDB", advice: useMySQLDB},
}

// sinkOf returns the sink that call is, with the expression of the string.
func (x *index) sinkOf(call *ast.CallExpr) (sink, ast.Expr, bool) {
	f := x.callee(call)
	if f == nil || f.Pkg() == nil {
		return sink{}, nil, false
	}
	if s, ok := x.opts.Sinks.of(f.Origin()); ok && s.arg < len(call.Args) {
		return s, call.Args[s.arg], true
	}
	for _, s := range sinks {
		if isFunc(f, s.path, s.name) && s.arg < len(call.Args) {
			return s, call.Args[s.arg], true
		}
	}
	for _, opener := range sqlOpeners {
		if isFunc(f, opener.path, opener.name) {
			name := 0
			if f.Name() == "ConnectContext" {
				name = 1
			}
			return x.openerOf(f, call, name)
		}
	}
	if name, ok := openerArgument(f); ok && f.Pkg() != x.pass.Pkg {
		return x.openerOf(f, call, name)
	}
	return sink{}, nil, false
}

var (
	driverParameter = regexp.MustCompile(`(?i)^(?:dialect|driver_?(?:name)?)$`)
	sourceParameter = regexp.MustCompile(`(?i)^(?:data_?source(?:_?name)?|dsn|source|(?:db|conn(?:ection)?)_?(?:str(?:ing)?|url)|url)$`)
)

// openerArgument returns the place of the name of a driver among the parameters of a
// function that has the parameters of sql.Open: ent, xorm, otelsql and others do.
func openerArgument(f *types.Func) (int, bool) {
	parameters := f.Signature().Params()
	for i := range parameters.Len() - 1 {
		driver, source := parameters.At(i), parameters.At(i+1)
		if isString(driver.Type()) && isString(source.Type()) && driverParameter.MatchString(driver.Name()) && sourceParameter.MatchString(source.Name()) {
			return i, true
		}
	}
	return 0, false
}

func (x *index) openerOf(f *types.Func, call *ast.CallExpr, name int) (sink, ast.Expr, bool) {
	if name+1 >= len(call.Args) {
		return sink{}, nil, false
	}
	names := x.strings(call.Args[name])
	s, ok := drivers[names[0]]
	if len(names) > 1 { // one dialect is as likely as the other
		return sink{}, nil, false
	}
	s.path = f.Pkg().Path()
	if s.path != "database/sql" || x.pass.TypesInfo.Types[call.Args[name]].Value == nil {
		s.fix = "" // sqlx.NewDb has to wrap the result; a variable would be left unused
	}
	return s, call.Args[name+1], ok
}
