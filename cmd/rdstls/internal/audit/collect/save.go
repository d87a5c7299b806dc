package collect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"sync"
)

// Saver keeps the answers of an audit as files, for Snapshot.
type Saver struct {
	dir string
	mu  sync.Mutex
	err error
}

// NewSaver prepares a directory, which must be empty or not exist: answers of
// two audits do not mix.
func NewSaver(dir string) (*Saver, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	if len(entries) > 0 {
		return nil, errors.New("the directory is not empty")
	}
	return &Saver{dir: dir}, nil
}

// Wrap makes the sources of places save what they answer.
func (s *Saver) Wrap(places []Place) {
	profiles := map[string]bool{}
	for _, p := range places {
		profiles[p.Profile] = true
	}
	for i, p := range places {
		dir := filepath.Join(s.dir, p.Region)
		if len(profiles) > 1 {
			// Names of profiles may hold anything, also slashes; different ones must not share a directory.
			dir = filepath.Join(s.dir, url.PathEscape("profile-"+p.Profile), p.Region)
		}
		places[i].Source = saving{p.Source, s, dir}
	}
}

// Err returns the first error of writing.
func (s *Saver) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

type saving struct {
	Source
	saver *Saver
	dir   string
}

// Describe saves the answer, or the error in its place: what could not be read
// must not be absent from the snapshot.
func (s saving) Describe(ctx context.Context, req Request) (*Document, error) {
	doc, err := s.Source.Describe(ctx, req)
	if err != nil && code(err) == interrupted {
		return doc, err
	}
	if saveErr := s.save(req, doc, err); saveErr != nil {
		s.saver.mu.Lock()
		defer s.saver.mu.Unlock()
		s.saver.err = cmpOr(s.saver.err, saveErr)
	}
	return doc, err
}

func cmpOr(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

func (s saving) save(req Request, doc *Document, failure error) error {
	path, err := file(req)
	if err != nil {
		return fmt.Errorf("%s: %w", req.Action, err)
	}
	content := map[string]any{"Error": map[string]string{"Code": ""}}
	if failure != nil {
		content["Error"] = map[string]string{"Code": code(failure)}
	} else {
		if content, err = fields(doc, listOf(req.Action)); err != nil {
			return err
		}
	}
	data, err := json.MarshalIndent(content, "", "    ")
	if err != nil {
		return err
	}
	path = filepath.Join(s.dir, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o600)
}

// fields returns what the AWS command line prints: no nulls, and a list that is
// empty rather than absent.
func fields(doc *Document, list string) (map[string]any, error) {
	for i := range doc.DBInstances {
		if p := doc.DBInstances[i].PendingModifiedValues; p != nil {
			p.MasterUserPassword = nil // the API masks it, and nobody needs it
		}
	}
	for i := range doc.DBClusters {
		if p := doc.DBClusters[i].PendingModifiedValues; p != nil {
			p.MasterUserPassword = nil
		}
	}
	data, err := json.Marshal(reflect.ValueOf(*doc).FieldByName(list).Interface())
	if err != nil {
		return nil, err
	}
	var items []any
	if err := json.Unmarshal(data, &items); err != nil {
		return nil, err
	}
	if items == nil {
		items = []any{}
	}
	content := map[string]any{list: dropNulls(items)}
	if doc.DefaultCertificateForNewLaunches != nil {
		content["DefaultCertificateForNewLaunches"] = *doc.DefaultCertificateForNewLaunches
	}
	return content, nil
}

func dropNulls(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			if inner == nil || inner == "" {
				delete(v, key)
				continue
			}
			v[key] = dropNulls(inner)
		}
	case []any:
		for i, inner := range v {
			v[i] = dropNulls(inner)
		}
	}
	return value
}
