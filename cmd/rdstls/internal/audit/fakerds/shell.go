package fakerds

import (
	"fmt"
	"strings"
)

// Split splits a command line that quotes with single quotes only. Anything else
// that a shell interprets is an error.
func Split(line string) ([]string, error) {
	var words []string
	for line = strings.TrimLeft(line, " "); line != ""; line = strings.TrimLeft(line, " ") {
		word := ""
		if quoted, ok := strings.CutPrefix(line, "'"); ok {
			end := strings.Index(quoted, "'")
			if end < 0 {
				return nil, fmt.Errorf("a quote is not closed: %s", line)
			}
			word, line = quoted[:end], quoted[end+1:]
			if line != "" && line[0] != ' ' {
				return nil, fmt.Errorf("text follows a quote: %s", line)
			}
		} else {
			word, line, _ = strings.Cut(line, " ")
			if strings.ContainsAny(word, "'\"\\$`;&|<>(){}*?[]~#!=\t\n") {
				return nil, fmt.Errorf("%q is not quoted", word)
			}
		}
		words = append(words, word)
	}
	return words, nil
}

// invocation is a command of the AWS command line.
type invocation struct {
	service, action string
	flags           map[string]string
}

// parse reads a command: aws SERVICE ACTION [RESOURCE] --flag value …
func parse(line string) (*invocation, error) {
	words, err := Split(line)
	if err != nil {
		return nil, err
	}
	if len(words) < 3 || words[0] != "aws" {
		return nil, fmt.Errorf("%s is no aws command", line)
	}
	c := &invocation{service: words[1], action: words[2], flags: map[string]string{}}
	words = words[3:]
	if c.action == "wait" && len(words) > 0 {
		c.action, words = "wait "+words[0], words[1:]
	}
	for len(words) > 0 {
		name := words[0]
		if !strings.HasPrefix(name, "--") || c.has(name) {
			return nil, fmt.Errorf("%q is unexpected in %s", name, line)
		}
		value := ""
		if words = words[1:]; len(words) > 0 && !strings.HasPrefix(words[0], "--") {
			value, words = words[0], words[1:]
		}
		c.flags[name] = value
	}
	return c, nil
}

func (c *invocation) has(flag string) bool {
	_, ok := c.flags[flag]
	return ok
}

// pairs reads the shorthand syntax of --parameters.
func (c *invocation) pairs(flag string) map[string]string {
	values := map[string]string{}
	for pair := range strings.SplitSeq(c.flags[flag], ",") {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	return values
}
