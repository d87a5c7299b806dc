package client_test

import (
	"strings"
	"testing"

	"github.com/rdstls/go/cmd/rdstls/internal/client"
)

// TestOptionFileEscapes checks that a value ends where it should, whatever is in it.
func TestOptionFileEscapes(t *testing.T) {
	t.Parallel()
	got, err := client.OptionFile(client.MariaDB, client.Connection{User: "app", Password: `a"\b#c`})
	if want := `password="a\"\\b#c"` + "\n"; err != nil || !strings.Contains(got, want) {
		t.Errorf("OptionFile() = %q, %v, want %q in it", got, err, want)
	}
}

// TestOptionFileRefusesLongValues checks that a value that the programs would break,
// and print in part, is refused without being quoted.
func TestOptionFileRefusesLongValues(t *testing.T) {
	t.Parallel()
	for length, refused := range map[int]bool{4000: false, 4001: true} {
		_, err := client.OptionFile(client.MariaDB, client.Connection{User: "app", Password: strings.Repeat("Secret", 1000)[:length]})
		if refused != (err != nil) || err != nil && strings.Contains(err.Error(), "Secret") {
			t.Errorf("a password of %d bytes: %v, want an error that does not quote it: %t", length, err, refused)
		}
	}
}
