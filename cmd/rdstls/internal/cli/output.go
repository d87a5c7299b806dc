package cli

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// An output is where the data goes. A nil output is stdout.
type output struct {
	flag string // for errors
	path string
	temp *os.File // nil if path is no regular file
}

// openOutput prepares to write the file at path, which stays as it is until
// commit. It fails now, and not after the work is done. The path is the value of
// flag.
func openOutput(flag, path string) (*output, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // nil is stdout
	}
	// A symbolic link stays one: the file that it leads to is replaced.
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		if info.IsDir() {
			return nil, usage(flag + " needs a file, and this is a directory")
		}
		return &output{flag: flag, path: path}, nil // a device or a pipe cannot be replaced
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".rdstls-*")
	if err != nil {
		return nil, usage(flag + ": cannot write there: " + withoutPath(err))
	}
	return &output{flag, path, temp}, nil
}

// commit writes data to the file, or to stdout.
func (o *output) commit(stdout io.Writer, data []byte) error {
	if o == nil {
		_, err := stdout.Write(data)
		return err
	}
	if o.temp == nil {
		return os.WriteFile(o.path, data, 0o600)
	}
	err := errors.Join(o.write(data), o.temp.Close())
	if err == nil {
		err = os.Rename(o.temp.Name(), o.path)
	}
	if err != nil {
		return errors.New(o.flag + ": " + withoutPath(err))
	}
	o.temp = nil
	return nil
}

// write fills the temporary file. It gets the mode of the file that it replaces,
// or that of any new file, where CreateTemp gave it 0600.
func (o *output) write(data []byte) error {
	mode := newFileMode()
	if info, err := os.Stat(o.path); err == nil {
		mode = info.Mode().Perm()
	}
	if _, err := o.temp.Write(data); err != nil {
		return err
	}
	if err := o.temp.Chmod(mode); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return o.temp.Sync()
}

// discard removes what was not committed.
func (o *output) discard() {
	if o != nil && o.temp != nil {
		o.temp.Close()           //nolint:errcheck // it is removed
		os.Remove(o.temp.Name()) //nolint:errcheck // nothing else can be done
	}
}

// withoutPath returns the reason of an error of package os, without the path,
// which is an argument.
func withoutPath(err error) string {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err.Error()
	case errors.As(err, &link):
		return link.Err.Error()
	}
	return err.Error()
}
