package vet

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
)

// A Baseline holds the findings that a project has decided to live with for now,
// by what they are and not by their lines: inserted lines change nothing.
type Baseline struct {
	Schema   string         `json:"schema"`
	Findings map[string]int `json:"findings"` // how many, by fingerprint
}

const baselineSchema = "rdstls.vet-baseline/1"

// Fingerprint identifies a finding across changes of its file that do not concern
// it, but not of its host: another one is a new finding. Findings that are alike
// share it.
func (f Finding) Fingerprint() string {
	sum := sha256.Sum256([]byte(f.Rule + "\x00" + f.File + "\x00" + f.Host + "\x00" + f.Target + "\x00" + f.Message))
	return hex.EncodeToString(sum[:16])
}

// NewBaseline returns the baseline that accepts all findings.
func NewBaseline(findings []Finding) Baseline {
	b := Baseline{Schema: baselineSchema, Findings: map[string]int{}}
	for _, f := range findings {
		b.Findings[f.Fingerprint()]++
	}
	return b
}

// ParseBaseline parses the JSON form of a Baseline.
func ParseBaseline(data []byte) (Baseline, error) {
	var b Baseline
	if err := json.Unmarshal(data, &b); err != nil || b.Schema != baselineSchema {
		return Baseline{}, errors.New("the file is not a baseline that --write-baseline wrote")
	}
	return b, nil
}

// New returns the findings that are not in b. Of several that are alike, the last
// ones count as new.
func (b Baseline) New(findings []Finding) []Finding {
	left := map[string]int{}
	for fingerprint, count := range b.Findings {
		left[fingerprint] = count
	}
	kept := []Finding{}
	for _, f := range findings {
		if left[f.Fingerprint()] > 0 {
			left[f.Fingerprint()]--
			continue
		}
		kept = append(kept, f)
	}
	return kept
}
