package rdsvet

import (
	"errors"
	"flag"
	"fmt"
	"go/types"
	"strconv"
	"strings"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

// A Level says how sure and how bad a finding is. It is a [flag.Value].
type Level int

// The levels. The zero value is Warning, the lowest that is reported by default.
const (
	Warning Level = iota // a remote host that is not known to be RDS
	Error                // an RDS host, or an IAM token is made in the same function
	Note    Level = -1   // the host is not known
	silent  Level = -2
)

// String returns "note", "warning" or "error".
func (l Level) String() string {
	switch l {
	case Error:
		return "error"
	case Note:
		return "note"
	}
	return "warning"
}

// Set sets l from the result of String.
func (l *Level) Set(s string) error {
	for _, level := range [...]Level{Note, Warning, Error} {
		if s == level.String() {
			*l = level
			return nil
		}
	}
	return fmt.Errorf("the level is none of note, warning and error")
}

var _ flag.Value = (*Level)(nil)

// Options change what the analyzers find. The zero value is the default.
type Options struct {
	// Level is the lowest level that is reported.
	Level Level
	// Sinks are functions of the program's own that take connection strings.
	Sinks Sinks
	// AssumeRDS takes hosts that are not known, such as the values of variables, for
	// RDS endpoints. Such findings are errors and get fixes.
	AssumeRDS bool
}

// AddFlags adds the flags -level, -sinks and -assume-rds, which set opts.
func (opts *Options) AddFlags(flags *flag.FlagSet) {
	flags.Var(&opts.Level, "level", "the lowest level that is reported: error, warning or note")
	flags.Var(&opts.Sinks, "sinks", "functions that take connection strings, as path.Func:argument:kind with arguments\ncounted from 0 and the kinds pg, pq, mysql and url; separated by commas")
	flags.BoolVar(&opts.AssumeRDS, "assume-rds", false, "take hosts that are not known for RDS endpoints")
}

// Sinks is a list of functions that take connection strings. It is a [flag.Value].
type Sinks struct{ list []ownSink }

// An ownSink is a function of the program that passes its argument to a driver.
type ownSink struct {
	name string // "path.Func" or "path.Type.Method"
	sink
}

var sinkKinds = map[string]sink{
	"pg":    {dialect: pgxDialect, advice: usePgxDriver},
	"pq":    {dialect: pqDialect, advice: usePgxDriver},
	"mysql": {dialect: mysqlDialect, advice: useMySQLDriver},
	"url":   {dialect: urlDialect, advice: useInstance},
}

var errSink = errors.New("a sink must be written as path.Func:argument:kind, such as example.com/db.Open:0:pg; the kinds are pg, pq, mysql and url")

// String returns the names of the functions.
func (s *Sinks) String() string {
	names := make([]string, len(s.list))
	for i, own := range s.list {
		names[i] = own.name
	}
	return strings.Join(names, ",")
}

// Type returns the type's name for the help of a command.
func (*Sinks) Type() string { return "list" }

// Set adds the functions of a list that is separated by commas. Errors do not quote it.
func (s *Sinks) Set(text string) error {
	for entry := range strings.SplitSeq(text, ",") {
		parts := strings.Split(strings.TrimSpace(entry), ":")
		if len(parts) != 3 || !strings.Contains(parts[0], ".") {
			return errSink
		}
		argument, err := strconv.Atoi(parts[1])
		kind, ok := sinkKinds[parts[2]]
		if err != nil || argument < 0 || !ok {
			return errSink
		}
		kind.arg = argument
		s.list = append(s.list, ownSink{parts[0], kind})
	}
	return nil
}

// of returns the sink that f is.
func (s *Sinks) of(f *types.Func) (sink, bool) {
	if len(s.list) == 0 {
		return sink{}, false
	}
	name := f.Pkg().Path() + "." + f.Name()
	if receiver := f.Signature().Recv(); receiver != nil {
		name = f.Pkg().Path() + "." + typeName(receiver.Type()) + "." + f.Name()
	}
	for _, own := range s.list {
		if own.name == name {
			return own.sink, true
		}
	}
	return sink{}, false
}

// isOf reports whether a sink is of the package path.
func (s *Sinks) isOf(path string) bool {
	for _, own := range s.list {
		if strings.HasPrefix(own.name, path+".") {
			return true
		}
	}
	return false
}

// UsesDatabase reports whether a package can have findings: it imports one that
// connects to a database, or one with a function of Sinks.
func (opts *Options) UsesDatabase(path string, imports []string) bool {
	if opts.Sinks.isOf(path) {
		return true
	}
	if isDatabasePackage(path) {
		return false // a driver itself, which offers modes that verify nothing
	}
	for _, imported := range imports {
		if isDatabasePackage(imported) || opts.Sinks.isOf(imported) {
			return true
		}
	}
	return false
}

// hostClass returns the class of the hosts of a connection string.
func (opts *Options) hostClass(conn connstr.Conn) connstr.HostClass {
	class := conn.HostClass()
	if class == connstr.UnknownHost && opts.AssumeRDS {
		return connstr.RDSHost
	}
	return class
}
