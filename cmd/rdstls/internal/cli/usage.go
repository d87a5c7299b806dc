package cli

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagError replaces the texts of pflag, which repeat what was typed. A secret
// can follow a flag that does not exist.
func flagError(c *cobra.Command, err error) error {
	see := ": run " + c.CommandPath() + " --help"
	var value *pflag.InvalidValueError
	var missing *pflag.ValueRequiredError
	var unknown *pflag.NotExistError
	switch {
	case errors.As(err, &value):
		f := value.GetFlag()
		return usage(fmt.Sprintf("--%s: the value is not a valid %s%s", f.Name, f.Value.Type(), see))
	case errors.As(err, &missing):
		return usage("--" + missing.GetFlag().Name + " needs a value" + see)
	case errors.As(err, &unknown):
		return usage("a flag does not exist" + similarFlag(c, unknown.GetSpecifiedName()) + see)
	}
	return usage("the flags are malformed" + see)
}

// similarFlag returns a question with the name of a flag that begins as the
// unknown one does.
func similarFlag(c *cobra.Command, name string) string {
	if name == "version" {
		return "; did you mean rdstls version?"
	}
	found := ""
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if found == "" && len(name) > 2 && len(f.Name) > 2 && strings.EqualFold(f.Name[:3], name[:3]) {
			found = "; did you mean --" + f.Name + "?"
		}
	})
	return found
}

// refuseSecrets returns an error if an argument looks like a connection string,
// which everybody on the machine can read in the list of processes. What follows
// "--" of exec is another program's business.
func (a *app) refuseSecrets(root *cobra.Command) error {
	args := a.env.Args
	if c, _, err := root.Find(args); err == nil && c.Name() == "exec" {
		if i := slices.Index(args, "--"); i >= 0 {
			args = args[:i]
		}
	}
	for i, arg := range args {
		if looksLikeConnString(arg) {
			return usage(fmt.Sprintf("argument %d looks like a connection string or holds a password: "+
				"everybody on this machine can read arguments. Name the host only", i+1))
		}
	}
	return nil
}

var connStrings = []*regexp.Regexp{
	// A URL of a database or with a user: postgres://…, jdbc:mysql://…, https://u:p@host.
	regexp.MustCompile(`(?i)\b(postgres|postgresql|pgx|cockroach|cockroachdb|mysql|mysqlx|mariadb|sqlserver|mssql|oracle|mongodb|redis|aurora)(\+[a-z0-9_]+)*:(//|[a-z0-9]+://)`),
	regexp.MustCompile(`(?i)\bjdbc:`),
	regexp.MustCompile(`://[^/?#]*@`),
	// user:password@tcp(host)/db and user:password@host.
	regexp.MustCompile(`@(tcp|tcp4|tcp6|unix)?\(`),
	regexp.MustCompile(`^[^@]*:[^@]*@`),
	// host=… password=… in the form of libpq, ADO.NET and URL queries.
	regexp.MustCompile(`(?i)(^|[\s;&?,'"])(password|passwd|pwd|pass|secret|token|pgpassword|mysql_pwd|sslpassword|access_?key|secret_?key)\s*=`),
	regexp.MustCompile(`(?i)(^|[\s;&?,'"])(host|hostaddr|user|uid|user id|username|dbname|database|initial catalog|data source|server|port|sslmode|ssl-?mode|usessl|service|sslrootcert)\s*=`),
	// An IAM token.
	regexp.MustCompile(`(?i)X-Amz-(Signature|Credential|Security-Token)=`),
}

var windowsPath = regexp.MustCompile(`^[A-Za-z]:\\`)

// looksLikeConnString reports whether an argument looks like a connection string.
func looksLikeConnString(arg string) bool {
	if name, ok := strings.CutPrefix(arg, "-"); ok {
		name = strings.TrimPrefix(name, "-")
		// Only the value: --user=app is a flag.
		if _, value, found := strings.Cut(name, "="); found {
			arg = value
		}
	}
	if windowsPath.MatchString(arg) {
		return false
	}
	return slices.ContainsFunc(connStrings, func(r *regexp.Regexp) bool { return r.MatchString(arg) })
}
