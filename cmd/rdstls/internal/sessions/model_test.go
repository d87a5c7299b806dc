package sessions

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/rdstls/go/cmd/rdstls/internal/testschema"
)

// TestCutOff checks which sessions are findings.
func TestCutOff(t *testing.T) {
	t.Parallel()
	yes, no := boolean(true), boolean(false)
	for _, tt := range []struct {
		s    Session
		want bool
	}{
		{Session{User: "app", Address: "10.0.0.1", Encrypted: no}, true},
		{Session{User: "app", Address: "127.0.0.9", Encrypted: no}, true},
		{Session{User: "app", Address: "localhost.evil.example", Encrypted: no}, true},
		{Session{User: "app", Address: "", Encrypted: no}, true},
		{Session{User: "app", Address: "10.0.0.1", Encrypted: yes}, false},
		{Session{User: "app", Address: "10.0.0.1"}, false},
		{Session{User: "app", Address: Local, Encrypted: no}, false},
		{Session{User: "app", Address: "localhost", Encrypted: no}, false},
		{Session{User: "app", Address: "::1", Encrypted: no}, false},
		{Session{User: "rdsadmin", Address: "10.0.0.1", Encrypted: no}, false},
		{Session{User: "rdsadmin2", Address: "10.0.0.1", Encrypted: no}, true},
	} {
		if got := tt.s.CutOff(); got != tt.want {
			t.Errorf("%+v: %v, want %v", tt.s, got, tt.want)
		}
	}
}

// TestUnknown checks that only a role that sees all, and not through a proxy,
// can say that nobody would be cut off.
func TestUnknown(t *testing.T) {
	t.Parallel()
	for _, r := range []Report{
		{}, {seesAll: true, proxy: true}, {seesAll: true, failed: true}, {seesAll: true, Sessions: []Session{{Count: 1}}},
	} {
		if !r.Unknown() {
			t.Errorf("%+v is not unknown", r)
		}
	}
	if r := (Report{seesAll: true, Sessions: []Session{{Encrypted: boolean(true)}}}); r.Unknown() {
		t.Errorf("%+v is unknown", r)
	}
}

// TestTextSaysWhatFollows checks that the text only says that no client would be cut
// off if all of them were seen.
func TestTextSaysWhatFollows(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		report Report
		want   string
	}{
		"plaintext": {Report{seesAll: true, Sessions: []Session{{Encrypted: boolean(false)}}}, "would cut off the clients"},
		"unknown":   {Report{}, "nothing follows for the others"},
		"all-seen":  {Report{seesAll: true, Sessions: []Session{{Encrypted: boolean(true)}}}, "No client that is connected now would be cut off"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			test.report.Text(&b)
			if !strings.Contains(b.String(), test.want) {
				t.Errorf("the text is %q, want %q in it", b.String(), test.want)
			}
		})
	}
}

// TestAdd checks that a watch keeps the highest number seen at once, and every
// client that it saw.
func TestAdd(t *testing.T) {
	t.Parallel()
	app := func(n int, encrypted *bool) Session {
		return Session{User: "app", Address: "10.0.0.1", Encrypted: encrypted, Count: n}
	}
	r := &Report{Samples: 1, seesAll: true, Sessions: []Session{app(3, boolean(true))}}
	r.add(&Report{Samples: 1, seesAll: false, Sessions: []Session{app(5, boolean(true))}})
	r.add(&Report{Samples: 1, seesAll: true, Sessions: []Session{app(2, boolean(true)), app(1, boolean(false)), app(1, nil)}})
	if len(r.Sessions) != 3 || r.Sessions[0].Count != 5 || r.Samples != 3 || r.seesAll || !r.Found() {
		t.Errorf("%+v", r)
	}
}

// TestHostileText checks that text that a client chose, such as its application
// name, controls neither a terminal nor a spreadsheet, and matches the schema.
func TestHostileText(t *testing.T) {
	t.Parallel()
	const hostile = "=1+1\x1b[31m\u202e"
	r := &Report{
		Endpoint: hostile, Engine: "postgres", Version: hostile, Enforced: "off", Samples: 1, Notes: []string{hostile},
		Sessions: []Session{{User: hostile, Application: hostile, Address: hostile, TLSVersion: hostile, Cipher: hostile, Count: 1}},
		Accounts: []Account{{hostile, hostile}},
	}
	var text, table bytes.Buffer
	r.Text(&text)
	if err := r.CSV(&table); err != nil {
		t.Fatal(err)
	}
	if out := text.String() + table.String(); strings.ContainsAny(out, "\x1b\u202e") || strings.Contains(table.String(), "\n=") {
		t.Errorf("%q", out)
	}
	data, err := json.Marshal(r.JSON())
	if err != nil {
		t.Fatal(err)
	}
	testschema.Validate(t, "sessions", data)
}

// TestDriverOf checks the forms of connection strings.
func TestDriverOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"postgres://u:p@h/d": Postgres, "POSTGRESQL://u@h": Postgres, "host=h user=u": Postgres, "user=u host=h password=tcp": Postgres,
		"u:p@tcp(h:3306)/d": MySQL, "u:p://@tcp(h)/": MySQL, "mysql://u:p@h/d": "", "h": "", "": "", "jdbc:postgresql://h/d?host=x": "",
	} {
		got, err := DriverOf(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("DriverOf(%q) = %q, %v, want %q", text, got, err, want)
		}
	}
}

// TestNoteEndpoint checks that a report from an endpoint of a cluster says that
// it describes one instance.
func TestNoteEndpoint(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]string{
		"orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com":            "",
		"orders.cluster-c9akciq32xyz.eu-west-1.rds.amazonaws.com":    "each instance",
		"orders.cluster-ro-c9akciq32xyz.eu-west-1.rds.amazonaws.com": "each instance",
		"pool.proxy-c9akciq32xyz.eu-west-1.rds.amazonaws.com":        "RDS Proxy",
		"localhost": "",
	} {
		r := &Report{Endpoint: endpoint}
		r.noteEndpoint()
		notes := strings.Join(r.Notes, " ")
		if (want == "") != (notes == "") || !strings.Contains(notes, want) || r.proxy != (want == "RDS Proxy") {
			t.Errorf("%s: notes %q, proxy %v", endpoint, notes, r.proxy)
		}
	}
}
