package client

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// CheckArguments refuses arguments of program that would win over what Environ and
// OptionArguments say about the host, the roots or TLS. The error never repeats
// an argument, because it can hold a password.
func CheckArguments(program string, family Family, args []string) error {
	letters := valueLetters(programName(program), family)
	for i, arg := range args {
		if err := checkArgument(family, letters, arg); err != nil {
			return fmt.Errorf("argument %d of the program: %w", i+1, err)
		}
	}
	return nil
}

var (
	errArgTLS      = errors.New("it sets TLS options, which would win over those of rdstls; leave it out")
	errArgHost     = errors.New("it sets the host, which would win over ENDPOINT; leave it out")
	errArgOptions  = errors.New("it chooses option files, which would win over those of rdstls; leave it out")
	errArgProtocol = errors.New("it chooses another way to connect than TCP, which has no TLS; leave it out")
	errArgPassword = errors.New("it holds a password, which everybody on this machine could read in the list of processes; leave it out")
	errArgEnviron  = errors.New("it sets an environment variable that would win over those of rdstls; leave it out")
)

// sslModeSetting finds the setting in connection strings of any language: sslmode=,
// ssl-mode=, sslMode=, "SSL Mode", also with spaces before the equals sign.
var sslModeSetting = regexp.MustCompile(`(?i)ssl[-_ ]?mode\s*=`)

func checkArgument(family Family, letters, arg string) error {
	value := arg
	if strings.HasPrefix(arg, "--") {
		if err := checkLong(family, arg); err != nil {
			return err
		}
		_, value, _ = strings.Cut(arg, "=")
	} else if strings.HasPrefix(arg, "-") {
		var err error
		if value, err = checkShort(family, letters, arg[1:]); err != nil {
			return err
		}
	}
	if setsVariable(arg) {
		return errArgEnviron
	}
	if sslModeSetting.MatchString(arg) {
		return errArgTLS
	}
	return checkConnString(family, value)
}

// setsVariable finds an argument of programs such as env that undoes Environ.
func setsVariable(arg string) bool {
	name, _, ok := strings.Cut(arg, "=")
	if !ok {
		return false
	}
	return slices.Contains(removed, name) || slices.ContainsFunc(Variables(Connection{}), func(v Variable) bool { return v.Name == name })
}

// longOptions are refused by the beginning of their names, because the programs
// accept any abbreviation that is not ambiguous. Underscores count as hyphens.
var longOptions = []struct {
	prefix string
	err    error
}{
	{"ssl", errArgTLS},
	{"tls", errArgTLS},
	{"ho", errArgHost},
	{"dns-srv", errArgHost},
	{"defaults-", errArgOptions},
	{"no-defaults", errArgOptions},
	{"login-path", errArgOptions},
	{"no-login-paths", errArgOptions},
	{"prot", errArgProtocol},
	{"soc", errArgProtocol},
	{"pip", errArgProtocol},
	{"shared-memory", errArgProtocol},
}

// modifiers stand before any option of MySQL's and MariaDB's programs
// (mysys/my_getopt.cc, special_opt_prefix).
var modifiers = [...]string{"loose-", "maximum-", "autoset-", "enable-", "disable-", "skip-"}

func checkLong(family Family, arg string) error {
	name, value, hasValue := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	for _, modifier := range modifiers {
		name = strings.TrimPrefix(name, modifier)
	}
	if family.TakesOptionFile() && hasValue && value != "" && strings.HasPrefix(name, "pas") {
		return errArgPassword
	}
	for _, o := range longOptions {
		if strings.HasPrefix(name, o.prefix) && refuses(family, o.prefix, name) {
			return o.err
		}
	}
	return nil
}

// refuses keeps the rules that are only about MySQL's programs from those of
// others, where --protocol or --socket may mean anything.
func refuses(family Family, prefix, name string) bool {
	switch prefix {
	case "ho":
		return strings.HasPrefix("host", name) || name == "hostaddr"
	case "ssl", "defaults-", "no-defaults":
		return true
	}
	return family.TakesOptionFile()
}

// valueLetters returns the letters of short options that take a value: what
// follows them in the same argument is that value. All others count as flags, so
// that psql -Ath HOST is found.
func valueLetters(name string, family Family) string {
	switch {
	case name == "psql":
		return "cdfFLopPRTUv"
	case name == "pg_dump", name == "pg_restore":
		return "dEefFIjLnNpPStTUZ"
	case name == "mysql", name == "mariadb":
		return "DePRu"
	case strings.HasSuffix(name, "dump") && family.TakesOptionFile():
		return "PruTw"
	case family.TakesOptionFile():
		return "Pu"
	}
	return "dpU"
}

// checkShort checks an argument of short options, without its hyphen, and returns
// the value in it. Of unknown programs only the first letter is looked at: they
// may write long options with one hyphen.
func checkShort(family Family, letters, arg string) (string, error) {
	mysql := family.TakesOptionFile()
	for i, letter := range arg {
		rest := arg[i+1:]
		switch {
		case letter == 'h':
			return "", errArgHost
		case mysql && (letter == 'S' || letter == 'W' && rest == ""):
			return "", errArgProtocol
		case mysql && letter == 'p' && rest != "":
			return "", errArgPassword
		case strings.ContainsRune(letters, letter):
			return rest, nil
		case family == Other || letter > '~':
			_, value, _ := strings.Cut(arg, "=")
			return value, nil
		}
	}
	return "", nil
}
