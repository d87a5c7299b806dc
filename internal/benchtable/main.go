// Benchtable makes the tables of docs/performance.md from what "make bench" has
// measured:
//
//	go run ./internal/benchtable -update docs/performance.md < bench.txt
//
// Its input is that of benchstat: the output of go test -bench, of as many rounds
// as there are. Without -update it prints the tables.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// The lines of the document between which the tables are.
const (
	begin = "<!-- figures: begin (make bench) -->\n"
	end   = "<!-- figures: end -->\n"
)

func main() {
	document := flag.String("update", "", "rewrite the tables in this `file`")
	flag.Parse()
	if err := run(os.Stdin, os.Stdout, *document); err != nil {
		fmt.Fprintln(os.Stderr, "benchtable:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer, document string) error {
	results, err := parse(in)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	versions, err := versions()
	if err != nil {
		return err
	}
	fmt.Fprintf(&text, "\n%s, %s; %s; %d rounds.\n\n", time.Now().UTC().Format(time.DateOnly), results.machine, versions, results.rounds())
	if err := write(&text, results); err != nil {
		return err
	}
	if document == "" {
		_, err := out.Write(text.Bytes())
		return err
	}
	return replace(document, text.Bytes())
}

// versions names what was measured.
func versions() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Path}} {{.Version}}",
		"github.com/jackc/pgx/v5", "github.com/go-sql-driver/mysql", "github.com/aws/aws-sdk-go-v2").Output()
	if err != nil {
		return "", err
	}
	toolchain, err := exec.Command("go", "env", "GOVERSION").Output()
	if err != nil {
		return "", err
	}
	modules := strings.ReplaceAll(strings.TrimSpace(string(out)), "\n", ", ")
	return strings.TrimSpace(string(toolchain)) + ", " + strings.ReplaceAll(modules, "github.com/", ""), nil
}

// replace puts text between the two lines of a document.
func replace(document string, text []byte) error {
	old, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	before, rest, found := bytes.Cut(old, []byte(begin))
	_, after, closed := bytes.Cut(rest, []byte(end))
	if !found || !closed {
		return errors.New(document + " lacks the lines between which the tables belong")
	}
	return os.WriteFile(document, bytes.Join([][]byte{before, []byte(begin), text, []byte("\n"), []byte(end), after}, nil), 0o644)
}
