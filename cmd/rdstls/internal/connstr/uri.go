package connstr

import (
	"strconv"
	"strings"
)

// uriDecode follows pgx's (pgx v5.12.0, pgconn/parse_url.go): spaces at both ends
// are dropped, those inside are errors, and so is a percent sign without two
// digits behind it.
func uriDecode(raw string) (string, error) {
	raw = strings.Trim(raw, " ")
	if strings.Contains(raw, " ") {
		return "", errMalformed
	}
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		if raw[i] != '%' {
			b.WriteByte(raw[i])
			continue
		}
		if i+2 >= len(raw) {
			return "", errMalformed
		}
		char, err := strconv.ParseUint(raw[i+1:i+3], 16, 8)
		if err != nil || char == 0 {
			return "", errMalformed
		}
		b.WriteByte(byte(char))
		i += 2
	}
	return b.String(), nil
}
