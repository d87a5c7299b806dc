package client

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// maxOptionValue is the longest value that an option file can hold. Both families
// read lines of 4,096 bytes. MariaDB's programs break longer ones and print the
// rest on stderr, a token included (seen with 10.11.19).
const maxOptionValue = 4000

// OptionFile returns the option file for programs of MySQL and MariaDB: what must
// not be an argument, and the user and database.
func OptionFile(family Family, c Connection) (string, error) {
	var b strings.Builder
	b.WriteString("[client]\n")
	line := func(name, value string) error {
		if value == "" {
			return nil
		}
		if len(value) > maxOptionValue {
			return fmt.Errorf("the %s has %d bytes, and this program takes at most %d from an option file", name, len(value), maxOptionValue)
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
// undo, because it is read after that file. Its directory takes the place of an
// ssl-capath there: it holds no CA under the name that OpenSSL looks for.
func OptionArguments(family Family, c Connection, optionFile string) []string {
	args := []string{
		"--defaults-extra-file=" + optionFile,
		"--host=" + c.Host,
		"--port=" + strconv.Itoa(c.Port),
		"--protocol=tcp",
		"--ssl-ca=" + c.Roots,
		"--ssl-capath=" + filepath.Dir(c.Roots),
	}
	if c.User != "" {
		args = append(args, "--user="+c.User)
	}
	if family == MariaDB {
		return append(args, "--ssl", "--ssl-verify-server-cert")
	}
	return append(args, "--ssl-mode=VERIFY_IDENTITY")
}

// passwordOption finds a password in an option file, also in the forms that MySQL's
// programs accept: abbreviated, with "loose-", in any section.
var passwordOption = regexp.MustCompile(`(?im)^\s*(loose[-_])?pass\w*\s*=\s*\S`)

// HasPassword reports whether the text of an option file sets a password.
func HasPassword(optionFile []byte) bool { return passwordOption.Match(optionFile) }
