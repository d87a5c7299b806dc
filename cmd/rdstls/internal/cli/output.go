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
	flag    string // for errors
	path    string
	replace bool // the file as a whole; a device or a pipe cannot be replaced

	// private gives a new file the mode 0600.
	private bool
}

// openOutput checks that the file at path, the value of flag, can be written. It
// fails now, and not after the work is done. The file stays as it is until commit,
// and until then nothing lies beside it that a signal would leave behind.
func openOutput(flag, path string) (*output, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // nil is stdout
	}
	// A symbolic link stays one: the file that it leads to is replaced.
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil, usage(flag + " needs a file, and this is a directory")
	case err == nil && !info.Mode().IsRegular():
		return &output{flag: flag, path: path}, nil
	case err == nil:
		// The directory alone decides whether a file can be replaced. One that may not be
		// written stays all the same.
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, usage(flag + ": cannot write there: " + withoutPath(err))
		}
		f.Close() //nolint:errcheck // nothing was written
	}
	temp, err := createBeside(path)
	if err != nil {
		return nil, usage(flag + ": cannot write there: " + withoutPath(err))
	}
	remove(temp)
	return &output{flag: flag, path: path, replace: true}, nil
}

func createBeside(path string) (*os.File, error) {
	return os.CreateTemp(filepath.Dir(path), ".rdstls-*")
}

func remove(temp *os.File) {
	temp.Close()           //nolint:errcheck // it is removed
	os.Remove(temp.Name()) //nolint:errcheck // nothing else can be done
}

// commit writes data to the file, or to stdout.
func (o *output) commit(stdout io.Writer, data []byte) error {
	if o == nil {
		_, err := stdout.Write(data)
		return err
	}
	if !o.replace {
		return o.wrap(os.WriteFile(o.path, data, 0o600))
	}
	temp, err := createBeside(o.path)
	if err != nil {
		return o.wrap(err)
	}
	err = errors.Join(o.write(temp, data), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), o.path)
	}
	if err != nil {
		remove(temp)
	}
	return o.wrap(err)
}

func (o *output) wrap(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(o.flag + ": " + withoutPath(err))
}

// write fills temp. It gets the mode of the file that it replaces,
// or that of any new file, where CreateTemp gave it 0600.
func (o *output) write(temp *os.File, data []byte) error {
	mode := newFileMode()
	if o.private {
		mode = 0o600
	}
	if info, err := os.Stat(o.path); err == nil {
		mode = info.Mode().Perm()
	}
	if _, err := temp.Write(data); err != nil {
		return err
	}
	if err := temp.Chmod(mode); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return temp.Sync()
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
