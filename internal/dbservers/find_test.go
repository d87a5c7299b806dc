package dbservers

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestMissing(t *testing.T) {
	pg15 := Installation{Kind: Postgres, Version: "15.18"}
	pg18 := Installation{Kind: Postgres, Version: "18.4"}
	maria := Installation{Kind: MariaDB, Version: "10.11.19"}
	for _, tt := range []struct {
		name  string
		found []Installation
		kinds []Kind
		want  []string
	}{
		{"all", []Installation{pg15, pg18, maria}, []Kind{Postgres, MariaDB}, nil},
		{"none", nil, []Kind{Postgres, MariaDB, MySQL}, []string{"postgres", "mariadb", "mysql", "postgres-direct-tls"}},
		{"old-postgres", []Installation{pg15}, []Kind{Postgres}, []string{"postgres-direct-tls"}},
		{"other-kind", []Installation{maria}, []Kind{MySQL}, []string{"mysql"}},
		{"not-wanted", nil, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := missing(tt.found, tt.kinds); !slices.Equal(got, tt.want) {
				t.Errorf("missing = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestCheckRequired(t *testing.T) {
	missing := []string{"mysql", "postgres-direct-tls"}
	for _, tt := range []struct {
		name, list, want string // want is in the error
	}{
		{"nothing", "", ""},
		{"what-is-here", "postgres, mariadb", ""},
		{"one", "postgres,mysql", ": mysql"},
		{"two", "postgres-direct-tls,mysql", ": postgres-direct-tls, mysql"},
		{"misspelled", "postgresql", `"postgresql" is not one of`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := checkRequired(missing, tt.list)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("checkRequired(%q) = %v, want %q in it", tt.list, err, tt.want)
			}
		})
	}
}

func TestFindNamed(t *testing.T) {
	for _, kind := range requirable {
		if kind == directTLS {
			continue
		}
		t.Run(kind, func(t *testing.T) {
			nowhere := filepath.Join(t.TempDir(), "nowhere")
			t.Setenv("RDSTLS_"+strings.ToUpper(kind), nowhere)
			_, err := Find(Kind(kind))
			if err == nil || !strings.Contains(err.Error(), nowhere) {
				t.Errorf("Find = %v, want an error about %s", err, nowhere)
			}
		})
	}
}

// An installation that is named and also found in its usual place counts once.
func TestFindOnce(t *testing.T) {
	servers.Each(t, func(t *testing.T, s *Server) {
		path := s.path(s.server)
		switch {
		case s.Kind == Postgres:
			path = filepath.Dir(path)
		case s.loader != nil:
			path = s.Root
		}
		t.Setenv("RDSTLS_"+strings.ToUpper(string(s.Kind)), path)
		found, err := Find(s.Kind)
		if err != nil {
			t.Fatal(err)
		}
		found = slices.DeleteFunc(found, func(in Installation) bool { return in.Root != s.Root })
		if len(found) != 1 {
			t.Errorf("Find found %s %d times, want once", s.Root, len(found))
		}
	})
}

// CI may check the repository out where only root can go, and then the servers'
// own accounts cannot run what the install scripts have put there.
func TestUnreachableInstallation(t *testing.T) {
	servers.Each(t, func(t *testing.T, s *Server) {
		if filepath.Dir(s.Root) != fetched() {
			return // installed for everybody
		}
		checkout := t.TempDir()
		if err := os.Chmod(checkout, 0o700); err != nil {
			t.Fatal(err)
		}
		mod := filepath.Join(checkout, "go.mod")
		if err := os.WriteFile(mod, []byte("module github.com/rdstls/go\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		in := s.Installation
		in.Root = filepath.Join(checkout, ".servers", filepath.Base(s.Root))
		if err := os.Mkdir(filepath.Dir(in.Root), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := copyTree(s.Root, in.Root); err != nil {
			t.Fatal(err)
		}
		t.Chdir(filepath.Dir(in.Root))
		moved := Start(t, in, Options{})
		wantConnect(t, moved, nil)
	})
}
