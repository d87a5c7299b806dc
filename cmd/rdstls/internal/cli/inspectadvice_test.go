package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/rdstls/go/cmd/rdstls/internal/inspect"
	"github.com/rdstls/go/internal/fakedb"
)

// listen runs handle for each connection, and returns the address.
func listen(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	s := fakedb.Started(t)(fakedb.Listen(handle))
	return s.Addr()
}

// TestInspectPlaintextUnknown checks that a question of --plaintext that a PostgreSQL
// server did not answer is not "all good", and that the text does not ask for the
// flag again.
func TestInspectPlaintextUnknown(t *testing.T) {
	t.Parallel()
	server, roots := postgres(t, good())
	addr := listen(t, relay(server, nil))
	args := []string{"inspect", "--plaintext", "--roots", roots, "--server-name", instance, "--protocol", "postgres", addr}
	code, stdout, stderr := try(t, args...)
	if code != 3 || !strings.Contains(stdout, "plaintext   unknown") || !strings.Contains(stdout, "verified    yes") || strings.Contains(stdout, "--plaintext asks") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	if code, _, _ := try(t, append(args, "--exit-zero")...); code != 3 {
		t.Errorf("--exit-zero: exit code %d, want 3", code)
	}
}

// relay returns a handler that connects clients who ask for TLS to server, and says
// nothing to others until they leave. It tells of those, if asked is not nil.
func relay(server string, asked func()) func(net.Conn) {
	return func(conn net.Conn) {
		request := make([]byte, 8)
		if _, err := io.ReadFull(conn, request); err != nil {
			return
		}
		if !bytes.Equal(request, []byte{0, 0, 0, 8, 4, 210, 22, 47}) {
			if asked != nil {
				asked()
				_, _ = io.Copy(io.Discard, conn)
			}
			return
		}
		to, err := net.Dial("tcp", server)
		if err != nil {
			return
		}
		defer to.Close()
		_, _ = to.Write(request)
		go func() { _, _ = io.Copy(to, conn) }()
		_, _ = io.Copy(conn, to)
	}
}

// TestInspectInterruptedProbe checks that Ctrl-C in the middle of the plaintext probe
// keeps what is known of the server, and calls it incomplete.
func TestInspectInterruptedProbe(t *testing.T) {
	t.Parallel()
	server, roots := postgres(t, good())
	ctx, interrupt := context.WithCancel(t.Context())
	addr := listen(t, relay(server, interrupt))
	env, stdout, stderr := testEnv("inspect", "--format", "json", "--timeout", "5m", "--plaintext", "--roots", roots,
		"--server-name", instance, "--protocol", "postgres", addr)
	if code := Main(ctx, env); code != 130 {
		t.Errorf("exit code %d, want 130: %s", code, stderr)
	}
	var report inspectReport
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil || !report.Incomplete || len(report.Servers) != 1 || !report.Servers[0].Verified {
		t.Errorf("%v: %s", err, stdout)
	}
}

// TestInspectPEMWarns checks that the form that shows nothing but certificates says
// on stderr which ones nobody has proved to own, and why there are none.
func TestInspectPEMWarns(t *testing.T) {
	t.Parallel()
	addr, roots := postgres(t, good())
	noTLS, _ := postgres(t, fakedb.PostgresOptions{})
	for _, tt := range []struct {
		addr, name, want string
		chain            bool
	}{
		{addr, instance, "", true},
		{addr, "billing" + strings.TrimPrefix(instance, "orders"), addr + ": not verified, the certificates are only as presented: ", true},
		{noTLS, instance, noTLS + ": no certificate: ", false},
	} {
		_, stdout, stderr := try(t, "inspect", "--format", "pem", "--protocol", "postgres", "--roots", roots, "--server-name", tt.name, tt.addr)
		if (stderr != "") != (tt.want != "") || !strings.Contains(stderr, tt.want) || (stdout != "") != tt.chain {
			t.Errorf("%s as %s: stdout %.40q, stderr %q", tt.addr, tt.name, stdout, stderr)
		}
	}
}

// TestAdviceNamesFlags checks that text for people who run the command names flags
// and not the library's options.
func TestAdviceNamesFlags(t *testing.T) {
	t.Parallel()
	for _, advice := range []string{adviceFor(t, tlsTooOld), adviceFor(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })} {
		if advice == "" || strings.Contains(advice, "Options.") {
			t.Errorf("advice %q", advice)
		}
	}
}

// tlsTooOld answers as a server that has only TLS 1.1: with a protocol_version alert.
func tlsTooOld(conn net.Conn) {
	_, _ = conn.Read(make([]byte, 8))
	_, _ = io.WriteString(conn, "S")
	_, _ = conn.Read(make([]byte, 4096))
	_, _ = conn.Write([]byte{21, 3, 1, 0, 2, 2, 70})
	_, _ = io.Copy(io.Discard, conn)
}

// adviceFor returns the text about a server from the advice on.
func adviceFor(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	_, stdout, _ := try(t, "inspect", "--timeout", "1s", "--protocol", "postgres", "--server-name", instance, listen(t, handle))
	_, advice, _ := strings.Cut(stdout, "\n  advice ")
	return advice
}

// TestInspectTextOfExpired checks that nobody reads of a negative number of days.
func TestInspectTextOfExpired(t *testing.T) {
	t.Parallel()
	for days, want := range map[int]string{-2: "(expired)", 0: "(0 days)", 30: "(30 days)"} {
		var b bytes.Buffer
		s := &inspect.Server{Target: "db", Chain: []inspect.Certificate{{Subject: "CN=db", DaysLeft: days}}}
		inspectText{&b, false, 60}.server(s)
		if !strings.Contains(b.String(), want) || strings.Contains(b.String(), "expires ") != (days >= 0) {
			t.Errorf("%d days: %s", days, &b)
		}
	}
}

// TestInspectWorstFirst checks that people read first what is wrong, and then what
// is not known.
func TestInspectWorstFirst(t *testing.T) {
	t.Parallel()
	servers := []inspect.Server{
		{Target: "good", Verified: true},
		{Target: "gone", Reason: "timeout"},
		{Target: "bad", Reason: "name"},
		{Target: "fine", Verified: true},
		{Target: "old", Verified: true, Chain: []inspect.Certificate{{DaysLeft: 3}}},
	}
	var got []string
	for _, s := range worstFirst(servers, 30) {
		got = append(got, s.Target)
	}
	if text := strings.Join(got, " "); text != "bad old gone good fine" {
		t.Errorf("the order is %s", text)
	}
}

// TestInspectInterruptedForms checks that Ctrl-C marks every form, without making
// a file that monitoring systems cannot read.
func TestInspectInterruptedForms(t *testing.T) {
	t.Parallel()
	server, roots := postgres(t, good())
	for format, want := range map[string]string{"text": "\nIncomplete: interrupted.\n", "pem": "\n# Incomplete: interrupted.\n", "prometheus": "\n# Incomplete: interrupted.\n"} {
		ctx, interrupt := context.WithCancel(t.Context())
		env, stdout, stderr := testEnv("inspect", "--format", format, "--timeout", "5m", "--plaintext", "--roots", roots,
			"--server-name", instance, "--protocol", "postgres", listen(t, relay(server, interrupt)))
		if code := Main(ctx, env); code != 130 || !strings.HasSuffix(stdout.String(), want) {
			t.Errorf("%s: exit code %d: %s%s", format, code, stdout, stderr)
		}
		if format == "prometheus" {
			parser := expfmt.NewTextParser(model.UTF8Validation)
			if _, err := parser.TextToMetricFamilies(stdout); err != nil {
				t.Errorf("%v: %s", err, stdout)
			}
		}
	}
}
