package audit

import (
	"slices"
	"strings"
)

// read interprets a value of rds.force_ssl or require_secure_transport. The API
// writes them as 0 and 1 for instances, and as OFF and ON for Aurora clusters.
func read(value string) setting {
	switch strings.ToLower(strings.TrimSpace(value)) {
	case "1", "on", "true", "yes", "enabled":
		return on
	case "0", "off", "false", "no", "disabled":
		return off
	}
	return unclear
}

// readDocumentDB interprets a value of DocumentDB's tls: everything but
// disabled demands TLS.
func readDocumentDB(value string) setting {
	if strings.TrimSpace(value) == "" {
		return unclear
	}
	if read(value) == off {
		return off
	}
	return on
}

// hubDocumentDB lists the values that Security Hub's DocumentDB.6 accepts.
var hubDocumentDB = []string{"tls1.2+", "tls1.3+", "fips-140-3"}

func hubReadDocumentDB(value string) setting {
	if slices.Contains(hubDocumentDB, strings.ToLower(strings.TrimSpace(value))) {
		return on
	}
	return off
}

// applied is what the states of a parameter group prove.
type applied int

const (
	inForce applied = iota
	notYet
	unproven
)

// groupApplied returns the worst of the states, its text, and the members that
// are in it.
func groupApplied(states []GroupState) (worst applied, status string, members []string) {
	worst = -1
	for _, s := range states {
		switch state := appliedStatus(s.Status); {
		case state > worst:
			worst, status, members = state, s.Status, []string{s.Member}
		case state == worst:
			members = append(members, s.Member)
		}
	}
	if worst < 0 {
		return unproven, "", nil
	}
	return worst, status, members
}

func appliedStatus(status string) applied {
	switch status {
	case "in-sync":
		return inForce
	case "applying", "pending-reboot", "pending-database-upgrade":
		return notYet
	}
	return unproven // failed-to-apply, a missing status, a word that is not documented
}
