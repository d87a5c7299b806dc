package rdstls

import (
	"reflect"
	"strings"
)

// Errors of the drivers are recognized by the names of their types and fields:
// this package does not import the drivers.
const (
	pgconnPath = "github.com/jackc/pgx/v5/pgconn"
	mysqlPath  = "github.com/go-sql-driver/mysql"
)

// isType reports whether err is of the named type, or a pointer to it.
func isType(err error, pkg, name string) bool {
	v := reflect.Indirect(reflect.ValueOf(err))
	return v.IsValid() && v.Type().Name() == name && v.Type().PkgPath() == pkg
}

// field returns a field of a struct, or of a pointer to one. The result is not
// valid if there is none.
func field(v reflect.Value, name string) reflect.Value {
	if v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	// It panics where an embedded pointer is nil.
	return safely(func() reflect.Value { return v.FieldByName(name) })
}

// stringField reads a field of an error. It returns "" if there is none.
func stringField(err any, name string) string {
	return stringOf(field(reflect.ValueOf(err), name))
}

func stringOf(v reflect.Value) string {
	if v.Kind() != reflect.String {
		return ""
	}
	return v.String()
}

func uintField(err any, name string) uint64 {
	if f := field(reflect.ValueOf(err), name); f.IsValid() && f.CanUint() {
		return f.Uint()
	}
	return 0
}

func boolField(err any, name string) bool {
	f := field(reflect.ValueOf(err), name)
	return f.Kind() == reflect.Bool && f.Bool()
}

// elements returns the elements of a slice.
func elements(v reflect.Value) []reflect.Value {
	if v.Kind() != reflect.Slice {
		return nil
	}
	var all []reflect.Value
	for i := range v.Len() {
		all = append(all, v.Index(i))
	}
	return all
}

// isMongo reports whether err is a type of mongo-driver's package topology.
func isMongo(err error, name string) bool {
	v := reflect.Indirect(reflect.ValueOf(err))
	if !v.IsValid() || v.Type().Name() != name {
		return false
	}
	path := v.Type().PkgPath() // of version 2, with /v2 in the middle
	return strings.HasPrefix(path, "go.mongodb.org/mongo-driver/") && strings.HasSuffix(path, "/x/mongo/driver/topology")
}

// causesOfSelection returns what a ServerSelectionError of mongo-driver wraps, and
// the last error of each server, which it does not wrap (mongo-driver v2.9.3,
// x/mongo/driver/topology/errors.go and description/server.go).
func causesOfSelection(err error) []error {
	if !isMongo(err, "ServerSelectionError") {
		return nil
	}
	v := reflect.ValueOf(err)
	causes := []error{errorField(v, "Wrapped")}
	for _, server := range elements(field(field(v, "Desc"), "Servers")) {
		if last := errorField(server, "LastError"); last != nil {
			causes = append(causes, selectionAttempt{last})
		}
	}
	return causes
}

// A selectionAttempt is the last error of a server that mongo-driver could not use.
// It has lost the ConnectionError around it (mongo-driver v2.9.3,
// x/mongo/driver/topology/server.go).
type selectionAttempt struct{ error }

func (e selectionAttempt) Unwrap() error { return e.error }

func errorField(v reflect.Value, name string) error {
	f := field(v, name)
	if !f.IsValid() || !f.CanInterface() {
		return nil
	}
	err, _ := f.Interface().(error)
	return err
}
