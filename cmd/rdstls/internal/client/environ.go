package client

import (
	"slices"
	"strconv"
	"strings"
)

// removed are the variables that would undo the verification or lead the program
// elsewhere: libpq prefers a service file and PGHOSTADDR to PGHOST, Node verifies
// nothing with NODE_TLS_REJECT_UNAUTHORIZED=0, and MariaDB's Connector/C 3.4
// nothing by default with MARIADB_TLS_DISABLE_PEER_VERIFICATION.
var removed = []string{
	"PGSERVICE", "PGSERVICEFILE", "PGHOSTADDR",
	"PGSSLMINPROTOCOLVERSION", "PGSSLMAXPROTOCOLVERSION", "PGSSLNEGOTIATION", "PGREQUIRESSL",
	"NODE_TLS_REJECT_UNAUTHORIZED", "MARIADB_TLS_DISABLE_PEER_VERIFICATION",
	"MYSQL_HOST", "MYSQL_TCP_PORT", "MYSQL_UNIX_PORT", "MYSQL_PWD",
}

// removedWithToken are those that make libpq refuse to send a token: RDS asks for
// it in cleartext, inside TLS.
var removedWithToken = []string{"PGCHANNELBINDING", "PGREQUIREAUTH"}

// A Variable is one of the environment.
type Variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Variables returns what a program's environment must have to verify c.
func Variables(c Connection) []Variable {
	port := c.Port
	if c.ViaAddress != "" {
		port = c.ViaPort
	}
	vars := []Variable{
		{"PGHOST", c.Host}, // libpq verifies this name, also where PGHOSTADDR is dialed
		{"PGPORT", strconv.Itoa(port)},
		{"PGSSLMODE", "verify-full"},
		{"PGSSLROOTCERT", c.Roots},
		{"PGGSSENCMODE", "disable"}, // GSS encryption would take the place of TLS
		{"RDSTLS_CA_FILE", c.Roots},
		{"NODE_EXTRA_CA_CERTS", c.Roots},
	}
	for _, v := range []Variable{
		{"PGHOSTADDR", c.ViaAddress}, {"PGUSER", c.User}, {"PGDATABASE", c.Database}, {"PGPASSWORD", c.Password},
	} {
		if v.Value != "" {
			vars = append(vars, v)
		}
	}
	return vars
}

// Unset returns the variables that must be absent for c.
func Unset(c Connection) []string {
	names := slices.Clone(removed)
	if c.Password != "" {
		names = append(names, removedWithToken...)
	}
	if c.ViaAddress != "" {
		names = slices.DeleteFunc(names, func(name string) bool { return name == "PGHOSTADDR" })
	}
	return names
}

// Environ returns base, as of [os.Environ], with the changes for c.
func Environ(base []string, c Connection) []string {
	vars := Variables(c)
	unset := Unset(c)
	for _, v := range vars {
		unset = append(unset, v.Name)
	}
	env := slices.DeleteFunc(slices.Clone(base), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.ContainsFunc(unset, func(u string) bool { return sameVariable(u, name) })
	})
	for _, v := range vars {
		env = append(env, v.Name+"="+v.Value)
	}
	return env
}

// ExportLines returns lines for a POSIX shell that do to its environment what
// Environ does to a list.
func ExportLines(c Connection) string {
	var b strings.Builder
	for _, name := range Unset(c) {
		b.WriteString("unset " + name + "\n")
	}
	for _, v := range Variables(c) {
		b.WriteString("export " + v.Name + "=" + shellQuote(v.Value) + "\n")
	}
	return b.String()
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
