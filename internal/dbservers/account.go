package dbservers

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
)

// An account is the user of the operating system that a server runs as. The
// zero account is whoever runs the tests.
type account struct {
	other    bool
	uid, gid int
}

// accountFor returns the account for servers of kind: the tests' own, unless
// that is root. PostgreSQL and MySQL refuse to run as root, so then it is the
// one that their package has created, or nobody.
func accountFor(kind Kind) (account, error) {
	if os.Geteuid() != 0 {
		return account{}, nil
	}
	own := "mysql"
	if kind == Postgres {
		own = "postgres"
	}
	var errs []error
	for _, name := range []string{own, "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		uid, uidErr := strconv.Atoi(u.Uid)
		gid, gidErr := strconv.Atoi(u.Gid)
		if uidErr == nil && gidErr == nil {
			return account{other: true, uid: uid, gid: gid}, nil
		}
	}
	return account{}, fmt.Errorf("dbservers: no account to run %s as: %w", kind, errors.Join(errs...))
}

// own makes the account the owner of everything under path.
func (a account) own(path string) error {
	if !a.other {
		return nil
	}
	return filepath.WalkDir(path, func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(name, a.uid, a.gid)
	})
}

// writeFile writes a file that belongs to the account, replacing it at once: a
// server that reads it meanwhile sees the old content or the new.
func (a account) writeFile(name string, data []byte, mode fs.FileMode) error {
	unfinished := name + ".new"
	if err := os.WriteFile(unfinished, data, mode); err != nil {
		return err
	}
	if err := a.own(unfinished); err != nil {
		return err
	}
	return os.Rename(unfinished, name)
}

// canEnter reports whether the account can use what is in directory, as far as the
// permissions for everybody tell.
func (a account) canEnter(dir string) bool {
	if !a.other {
		return true
	}
	for {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&0o005 != 0o005 {
			return false
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return true
		}
		dir = parent
	}
}
