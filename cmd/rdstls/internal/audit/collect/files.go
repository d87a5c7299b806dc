package collect

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// file returns where the answer to a request is kept in a Region's directory.
func file(req Request) (string, error) {
	name := kebab(string(req.Action))
	if req.Subject == "" {
		return name + ".json", nil
	}
	subject := req.Subject
	if req.Version != "" {
		subject += "-" + req.Version
	}
	if strings.ContainsAny(subject, `/\`+"\x00") || !filepath.IsLocal(subject) {
		return "", &codedError{"bad name", "the name cannot be that of a file"}
	}
	return filepath.Join(name, subject+".json"), nil
}

// kebab spells an action as the AWS command line does:
// describe-db-cluster-parameters.
func kebab(action string) string {
	action = strings.Replace(action, "DB", "Db", 1)
	var b strings.Builder
	for i, r := range action {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// listOf is the key that the answer to each action has. An answer without it is
// that of another command.
func listOf(a Action) string {
	switch a {
	case Instances:
		return "DBInstances"
	case Clusters:
		return "DBClusters"
	case Proxies:
		return "DBProxies"
	case ProxyTargets:
		return "Targets"
	case Parameters, ClusterParameters:
		return "Parameters"
	case PendingActions:
		return "PendingMaintenanceActions"
	case EngineVersions:
		return "DBEngineVersions"
	}
	return "Certificates"
}

// snapshot reads the answers for one Region from a directory.
type snapshot struct{ dir string }

func (s snapshot) Describe(_ context.Context, req Request) (*Document, error) {
	path, err := file(req)
	if err != nil {
		return nil, err
	}
	data, err := readRegular(filepath.Join(s.dir, path))
	if errors.Is(err, fs.ErrNotExist) && req.Action == EngineVersions {
		// All engines in one file, as describe-db-engine-versions without --engine prints them.
		path = kebab(string(req.Action)) + ".json"
		data, err = readRegular(filepath.Join(s.dir, path))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &codedError{"no file " + filepath.ToSlash(path), "the snapshot does not have it"}
	}
	if err != nil {
		return nil, &codedError{"unreadable file " + filepath.ToSlash(path), "reading failed"}
	}
	return parse(filepath.ToSlash(path), data, listOf(req.Action))
}

var errNotRegular = errors.New("not a regular file")

// readRegular reads a file. A snapshot can come from another person: a pipe in it
// would make the audit wait forever.
func readRegular(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	return os.ReadFile(path)
}

// saved is what a file holds besides the lists: the error that was saved in
// place of an answer, and the marks of an answer that is not whole.
type saved struct {
	Error             *struct{ Code string }
	NextToken, Marker *string
}

func parse(path string, data []byte, list string) (*Document, error) {
	// PowerShell writes a byte order mark.
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, &codedError{"empty file " + path, "the aws command failed"}
	}
	var extra saved
	var keys map[string]json.RawMessage
	doc := &Document{}
	if json.Unmarshal(data, &keys) != nil || json.Unmarshal(data, &extra) != nil || json.Unmarshal(data, doc) != nil {
		return nil, &codedError{"file " + path + " is not the JSON output of the aws command", "it does not parse"}
	}
	switch {
	case extra.Error != nil && extra.Error.Code != "":
		return nil, &codedError{extra.Error.Code, "saved"}
	case present(extra.NextToken) || present(extra.Marker):
		return nil, &codedError{"file " + path + " is truncated (it has a NextToken): run aws without --max-items and --no-paginate", "truncated"}
	case len(keys[list]) == 0 || keys[list][0] != '[':
		return nil, &codedError{"file " + path + " has no " + list, "another command's output"}
	}
	return doc, nil
}

func present(s *string) bool { return s != nil && *s != "" }
