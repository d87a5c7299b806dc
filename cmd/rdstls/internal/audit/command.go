package audit

import (
	"regexp"
	"strings"
)

// plain matches what names in AWS consist of. Anything else, from a snapshot
// for example, must not reach a command that a person pastes.
var plain = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/+-]*$`)

// command builds one line for a shell. Words that the audit chose are written
// as they are, and everything that comes from the API is quoted.
type command struct {
	words []string
	bad   bool
}

// aws begins a command of the AWS command line in a Region.
func aws(service, action string) *command {
	return &command{words: []string{"aws", service, action}}
}

func (c *command) flag(name string) *command {
	c.words = append(c.words, name)
	return c
}

func (c *command) arg(name, value string) *command {
	c.bad = c.bad || !plain.MatchString(value)
	c.words = append(c.words, name, "'"+value+"'")
	return c
}

// parameters adds the parameter of a group. Its value can hold a plus sign
// ("tls1.2+"), which the shorthand syntax of the AWS command line takes as it is.
func (c *command) parameter(name, value, method string) *command {
	c.bad = c.bad || !plain.MatchString(name) || !plain.MatchString(value)
	c.words = append(c.words, "--parameters",
		"'ParameterName="+name+",ParameterValue="+value+",ApplyMethod="+method+"'")
	return c
}

// text adds a sentence of the audit's own.
func (c *command) text(name, value string) *command {
	c.words = append(c.words, name, "'"+value+"'")
	return c
}

// script renders commands in order. If one of them would hold a name that no
// AWS resource can have, there are none.
func script(region string, commands ...*command) []string {
	var lines []string
	for _, c := range commands {
		if c == nil {
			continue
		}
		if c.arg("--region", region).bad {
			return nil
		}
		lines = append(lines, strings.Join(c.words, " "))
	}
	return lines
}
