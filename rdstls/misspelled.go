package rdstls

import (
	"fmt"
	"strings"
)

// A misspelledError is the error of a name with the parts of an endpoint and with
// something else in place of the Region. The adapters know it by its method.
type misspelledError struct{ error }

// MisspelledEndpoint tells the adapters what this is.
func (misspelledError) MisspelledEndpoint() {}

func (e misspelledError) Unwrap() error { return e.error }

const endpointForm = `an endpoint has the form "identifier.account.region.rds.amazonaws.com"`

// notEndpoint returns the error for host, with the canonical form name, that is not
// an endpoint. A name in AWS's domains for databases is not an alias: it is
// misspelled.
func notEndpoint(host, name string) error {
	refuse := func(advice string) error { return fmt.Errorf("%q: %w; %s", host, ErrNotEndpoint, advice) }
	for _, p := range partitions {
		before, ok := strings.CutSuffix(name, p.suffix)
		if !ok {
			continue
		}
		rest, last, _ := cutLast(before)
		rest, first, _ := cutLast(rest)
		region := first
		if !isService(last) {
			region = last
			if !isService(first) {
				continue
			}
		}
		switch identifier, account, _ := cutLast(rest); {
		case region == "":
			return refuse("the Region is missing; " + endpointForm)
		case isRegion(region) || region == "global":
			return refuse("a part of the name is missing, misspelled or one too many; " + endpointForm)
		default:
			err := refuse(fmt.Sprintf("%q is not a Region such as \"eu-west-1\"; is the Region missing or misspelled?", region))
			if _, ok := kindOf(account); ok && identifier != "" {
				return misspelledError{err}
			}
			return err
		}
	}
	return refuse("if it is an alias for one, set Options.ServerName" + nearMiss(name))
}

// nearMiss returns the form of an endpoint, for a name with a part that endpoints
// have and aliases seldom do, or "".
func nearMiss(name string) string {
	for label := range strings.SplitSeq(name, ".") {
		switch {
		case isService(label):
			return "; otherwise it is misspelled: " + endpointForm
		case label == "dsql" || strings.HasPrefix(label, "dsql-"):
			return `; otherwise it is misspelled: an endpoint of Aurora DSQL has the form "identifier.dsql.region.on.aws"`
		}
	}
	before, ok := strings.CutSuffix(name, ".amazonaws.com")
	if _, last, _ := cutLast(before); ok && isRegion(last) {
		return "; otherwise a part of it is missing: " + endpointForm
	}
	return ""
}
