package client

import (
	"fmt"
	"strconv"
	"strings"
)

// maxMariaDBValue is the longest value that an option file of MariaDB can hold.
// Its programs break longer lines and print the rest on stderr, a token included
// (seen with 10.11.19, from 4,090 bytes on).
const maxMariaDBValue = 4000

// OptionFile returns the option file for programs of MySQL and MariaDB: what must
// not be an argument, and the user and database.
func OptionFile(family Family, c Connection) (string, error) {
	var b strings.Builder
	b.WriteString("[client]\n")
	line := func(name, value string) error {
		if value == "" {
			return nil
		}
		if family == MariaDB && len(value) > maxMariaDBValue {
			return fmt.Errorf("the value for %q has %d bytes; MariaDB's programs take at most %d from an option file", name, len(value), maxMariaDBValue)
		}
		b.WriteString(name + `="` + optionEscaper.Replace(value) + "\"\n")
		return nil
	}
	for _, o := range []Variable{{"user", c.User}, {"password", c.Password}, {"ssl-ca", c.Roots}} {
		if err := line(o.Name, o.Value); err != nil {
			return "", err
		}
	}
	if family == MySQL && c.Password != "" {
		// "loose": some of Oracle's programs do not know it and would refuse the file.
		b.WriteString("loose-enable-cleartext-plugin\n")
	}
	if c.Database != "" {
		b.WriteString("[mysql]\n") // only this program, and MariaDB's of its kind, knows the option
		if err := line("database", c.Database); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

// MySQL and MariaDB read these escape sequences in option files (MySQL 8.4
// Reference Manual, "Using Option Files").
var optionEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// OptionArguments returns the first arguments of a program of MySQL or MariaDB:
// the option file, which must come first, and what ~/.my.cnf would otherwise
// undo, because it is read after that file.
func OptionArguments(family Family, c Connection, optionFile string) []string {
	args := []string{
		"--defaults-extra-file=" + optionFile,
		"--host=" + c.Host,
		"--port=" + strconv.Itoa(c.Port),
		"--protocol=tcp",
		"--ssl-ca=" + c.Roots,
	}
	if family == MariaDB {
		return append(args, "--ssl", "--ssl-verify-server-cert")
	}
	return append(args, "--ssl-mode=VERIFY_IDENTITY")
}
