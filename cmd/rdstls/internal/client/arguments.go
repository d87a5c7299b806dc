package client

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// CheckArguments refuses arguments that would win over what Environ and
// OptionArguments say about the host, the roots or TLS. The error never repeats
// an argument, because it can hold a password.
func CheckArguments(family Family, args []string) error {
	for i, arg := range args {
		if err := checkArgument(family, arg); err != nil {
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
)

// sslModeSetting finds the setting in connection strings of any language: sslmode=,
// ssl-mode=, sslMode=, also with spaces before the equals sign.
var sslModeSetting = regexp.MustCompile(`(?i)\bssl[-_]?mode\s*=`)

func checkArgument(family Family, arg string) error {
	value := arg
	if strings.HasPrefix(arg, "-") {
		if err := checkOption(family, arg); err != nil {
			return err
		}
		_, value, _ = strings.Cut(arg, "=")
		if family == Libpq && strings.HasPrefix(arg, "-d") {
			value = arg[len("-d"):]
		}
	}
	if sslModeSetting.MatchString(arg) {
		return errArgTLS
	}
	return checkConnString(family, value)
}

// longOptions are refused by the beginning of their names, because the programs
// accept any abbreviation that is not ambiguous. Underscores count as hyphens.
var longOptions = []struct {
	prefix string
	err    error
}{
	{"ssl", errArgTLS}, {"skip-ssl", errArgTLS}, {"disable-ssl", errArgTLS}, {"enable-ssl", errArgTLS},
	{"tls", errArgTLS}, {"skip-tls", errArgTLS},
	{"ho", errArgHost}, {"dns-srv", errArgHost},
	{"defaults-", errArgOptions}, {"no-defaults", errArgOptions}, {"login-path", errArgOptions}, {"no-login-paths", errArgOptions},
	{"prot", errArgProtocol}, {"soc", errArgProtocol}, {"pip", errArgProtocol}, {"shared-memory", errArgProtocol},
}

// notHost are options that begin like --host and are others.
var notHost = []string{"hostaddr"}

func checkOption(family Family, arg string) error {
	if !strings.HasPrefix(arg, "--") {
		return checkShort(family, arg)
	}
	name, value, hasValue := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	for _, modifier := range [...]string{"loose-", "maximum-"} {
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

// refuses keeps the rules that are about MySQL's programs alone from those of
// others, where --protocol or --socket may mean anything.
func refuses(family Family, prefix, name string) bool {
	switch prefix {
	case "ho":
		return strings.HasPrefix("host", name) || slices.Contains(notHost, name)
	case "prot", "soc", "pip", "shared-memory", "tls", "skip-tls", "dns-srv", "login-path", "no-login-paths":
		return family.TakesOptionFile()
	}
	return true
}

// flags are the letters that take no value, so that another can follow in the
// same argument: psql -Ath HOST.
var flags = map[Family]string{
	Libpq:   "aAbBcCeEgHiIlLnNOqQrRsStvVwWxXzZ01",
	MySQL:   "AbBcCEfFGHiIjlLmnNoqrstTUvVwxXyY",
	MariaDB: "AbBcCEfFGHiIjlLmnNoqrstTUvVwxXyY",
}

func checkShort(family Family, arg string) error {
	letters := arg[1:]
	for i, letter := range letters {
		rest := letters[i+1:]
		switch {
		case letter == 'h':
			return errArgHost
		case letter == 'S' && family.TakesOptionFile(), letter == 'W' && family.TakesOptionFile() && rest == "":
			return errArgProtocol
		case letter == 'p' && family.TakesOptionFile() && rest != "":
			return errArgPassword
		case !strings.ContainsRune(flags[family], letter):
			return nil
		}
	}
	return nil
}
