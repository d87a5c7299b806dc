package audit

import "time"

// Verdict is the result of one check of one resource.
type Verdict string

// The verdicts. Pending means set, but not proven to be in force.
const (
	Pass          Verdict = "pass"
	Fail          Verdict = "fail"
	Pending       Verdict = "pending"
	Warn          Verdict = "warn"
	Unknown       Verdict = "unknown"
	NotApplicable Verdict = "not-applicable"
)

// Verdicts lists the verdicts, worst first.
func Verdicts() []Verdict {
	return []Verdict{Fail, Unknown, Warn, Pending, Pass, NotApplicable}
}

// Check is the name of a check.
type Check string

// The checks.
const (
	CheckEnforcement Check = "enforcement"
	CheckProxyTLS    Check = "proxy-tls"
	CheckCertificate Check = "certificate"
	CheckClients     Check = "clients"
	CheckIAM         Check = "iam"
)

// Checks lists the checks in the order of reports.
func Checks() []Check {
	return []Check{CheckEnforcement, CheckProxyTLS, CheckCertificate, CheckClients, CheckIAM}
}

// The severities. A finding that needs no action has none.
const (
	Critical = "critical"
	High     = "high"
	Medium   = "medium"
)

// Finding is the verdict of one check of one resource, with the facts behind it.
type Finding struct {
	Account, Region string
	Kind            Kind
	ID, ARN         string
	Engine, Version string
	Public          bool
	Check           Check
	Control         string // of Security Hub; "" if it has none that judges the resource
	Verdict         Verdict
	Severity        string

	Parameter, Value, Source, Group, Status string

	Certificate *CertificateFinding // nil for checks that do not look at it
	Notes       []string
	Why         string
	Remedy      *Remedy // nil if there is nothing to do
}

// CertificateFinding is what the certificate checks saw.
type CertificateFinding struct {
	CA           string
	NotAfter     time.Time // zero if unknown
	DaysLeft     int
	PendingCA    string
	NeedsRestart bool
	Window       string
}

// Remedy tells how to make a finding pass. Nothing of it is ever run.
type Remedy struct {
	Steps     []string
	Commands  []string
	Terraform string
}

func (f *Finding) note(text string) {
	if text != "" {
		f.Notes = append(f.Notes, text)
	}
}

// conclude sets the verdict and the sentence that explains it.
func (f *Finding) conclude(verdict Verdict, why string) {
	f.Verdict, f.Why = verdict, why
	f.Severity = severity(verdict, f.Public)
}

func severity(verdict Verdict, public bool) string {
	switch verdict {
	case Fail:
		if public {
			return Critical
		}
		return High
	case Pending, Warn, Unknown:
		return Medium
	case Pass, NotApplicable:
	}
	return ""
}
