package rdspgx

import (
	"slices"

	"github.com/rdstls/go/internal/adapter"
)

// AssignsKnown reports whether s assigns a setting that pgx or PostgreSQL knows.
func AssignsKnown(s string) bool { return slices.ContainsFunc(adapter.Assigned(s), isKnown) }

// Names returns the names that connString sets, and the database of a URL's path,
// not decoded.
func Names(connString string) (names []string, path string) {
	pairs := keyValues(connString)
	if u, ok := cutURL(connString); ok {
		pairs, path = queryPairs(u.query), u.path
	}
	for _, p := range pairs {
		names = append(names, p.name)
	}
	return names, path
}
