package dbservers

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// An Installation is server software that was found on this machine.
type Installation struct {
	Kind    Kind
	Version string // such as "15.18"
	Root    string // the directory that holds bin or sbin, lib, and share

	// loader runs the server's programs, if they were unpacked and cannot run by
	// themselves: a dynamic loader with its options. Paths are relative to Root.
	loader []string
	// programs are the paths, relative to Root, of the server, and of the
	// program that initializes a data directory if that is another one.
	server, initializer string
}

// Name returns the kind and version, such as "postgres-15.18".
func (in Installation) Name() string {
	return string(in.Kind) + "-" + in.Version
}

// Major returns the first number of the version.
func (in Installation) Major() int {
	first, _, _ := strings.Cut(in.Version, ".")
	n, _ := strconv.Atoi(first)
	return n
}

// DirectTLS reports whether the server accepts a TLS handshake without an
// SSLRequest before it. PostgreSQL does since version 17
// (https://www.postgresql.org/docs/17/release-17.html).
func (in Installation) DirectTLS() bool {
	return in.Kind == Postgres && in.Major() >= 17
}

var versionPattern = regexp.MustCompile(`(?:\(PostgreSQL\)|Ver) +([0-9]+(?:\.[0-9]+)*)`)

// Program returns the command line that runs a client program that was unpacked
// beside the server, or nil if there is none.
func (in Installation) Program(name string) []string {
	program := filepath.Join("usr/bin", name)
	if len(in.loader) == 0 || !isFile(in.path(program)) {
		return nil
	}
	return in.command(program)
}

// Libraries returns the directory of the client library that came with the server,
// outside of where the system's programs look for it, or "".
func (in Installation) Libraries() string {
	dir := in.path("lib")
	if in.Kind != Postgres || strings.HasPrefix(dir, "/usr/") || !isFile(filepath.Join(dir, "libpq.so.5")) {
		return ""
	}
	return dir
}

// askVersion runs the server with --version.
func (in Installation) askVersion() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	argv := in.command(in.server, "--version")
	output, err := exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("dbservers: %s: %w\n%s", in.path(in.server), err, output)
	}
	match := versionPattern.FindSubmatch(output)
	if match == nil {
		return "", fmt.Errorf("dbservers: %s: no version in %q", in.path(in.server), output)
	}
	return string(match[1]), nil
}

// path returns where the part of the installation called name is.
func (in Installation) path(name string) string { return filepath.Join(in.Root, name) }

// command returns the command line that runs program, a path relative to Root.
func (in Installation) command(program string, args ...string) []string {
	var argv []string
	for _, word := range in.loader {
		if word[0] != '-' {
			word = in.path(word)
		}
		argv = append(argv, word)
	}
	return append(append(argv, in.path(program)), args...)
}

// WithLDAP returns the installations of PostgreSQL that can ask an LDAP server about
// logins: they were built to, as Debian's are. If there is none although
// RDSTLS_REQUIRE_SERVERS names PostgreSQL, it fails the test.
func WithLDAP(tb testing.TB) []Installation {
	tb.Helper()
	installations, err := Find(Postgres)
	if err != nil {
		tb.Fatal(err)
	}
	capable := slices.DeleteFunc(installations, func(in Installation) bool {
		program, err := os.ReadFile(in.path(in.server))
		if err != nil {
			tb.Fatal(err)
		}
		return !bytes.Contains(program, []byte("libldap"))
	})
	if len(capable) == 0 && slices.Contains(strings.Split(os.Getenv("RDSTLS_REQUIRE_SERVERS"), ","), string(Postgres)) {
		tb.Error("no PostgreSQL here was built with LDAP, which these tests need: Debian's is")
	}
	return capable
}
