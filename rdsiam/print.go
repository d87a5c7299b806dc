package rdsiam

import "fmt"

// Many providers of the SDK keep secret keys in fields that fmt, encoding/json
// and log/slog print. A Signer prints without its Credentials.

// Format implements [fmt.Formatter], for every verb.
func (s Signer) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.text()) }

// MarshalText implements [encoding.TextMarshaler].
func (s Signer) MarshalText() ([]byte, error) { return []byte(s.text()), nil }

func (s Signer) text() string { return fmt.Sprintf("rdsiam.Signer{Region: %q}", s.Region) }
