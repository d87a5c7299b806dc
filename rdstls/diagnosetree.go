package rdstls

import (
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// A node is an error of a tree of errors.
type node struct {
	err  error
	text string // only of errors that wrap none: the text of the others repeats it
	end  int    // the index after the last error that err wraps
}

// A tree holds an error and all errors that it wraps, in the order of
// [errors.As]: tree[i:tree[i].end] is an error with what it wraps.
type tree []node

// maxErrors bounds the work on an error that wraps itself, or far too many.
const maxErrors = 10_000

// flatten returns err and all errors that it wraps. It calls each method of an
// error once, so that the work is linear in their number, and only through
// safely: the errors can be anybody's.
func flatten(err error) tree {
	b := builder{left: maxErrors}
	b.add(err)
	return b.tree
}

type builder struct {
	tree tree
	left int // how many more errors are looked at, nil ones included
}

func (b *builder) add(err error) {
	b.left--
	if v := reflect.ValueOf(err); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return
	}
	i := len(b.tree)
	b.tree = append(b.tree, node{err: err})
	if !isUnrelated(err) {
		for _, wrapped := range unwrap(err) {
			if b.left <= 0 {
				break
			}
			b.add(wrapped)
		}
	}
	if len(b.tree) == i+1 {
		b.tree[i].text = safely(err.Error)
	}
	b.tree[i].end = len(b.tree)
}

func unwrap(err error) []error {
	if causes := causesOfSelection(err); causes != nil {
		return causes
	}
	switch err := err.(type) {
	case interface{ Unwrap() error }:
		return []error{safely(err.Unwrap)}
	case interface{ Unwrap() []error }:
		return safely(err.Unwrap)
	}
	return nil
}

// safely calls a method of an error. If it panics, it has told nothing.
func safely[T any](method func() T) (result T) {
	defer func() { _ = recover() }()
	return method()
}

// isUnrelated reports whether the errors that err wraps are about another server
// than the database: one of net/http's, such as those of AWS's SDK, or whatever
// Options.Password asked.
func isUnrelated(err error) bool {
	_, http := err.(*url.Error)
	return http || isOfPassword(err)
}

// isOfPassword recognizes the PasswordError of internal/adapter.
func isOfPassword(err error) bool {
	_, ok := err.(interface{ FromPassword() })
	return ok
}

// first returns the first error of the tree that is a T.
func first[T any](t tree) (found T, ok bool) {
	for _, n := range t {
		if found, ok = n.err.(T); ok {
			return found, true
		}
	}
	return found, false
}

// has reports whether one of the targets is in the tree.
func (t tree) has(targets ...error) bool {
	return slices.ContainsFunc(t, func(n node) bool {
		return slices.ContainsFunc(targets, func(target error) bool { return n.err == target })
	})
}

// hasMessage reports whether an error in the tree that wraps no other has one of
// the texts, or begins with one that ends in a space. Some errors of the drivers
// and of crypto/tls cannot be told apart in any other way.
func (t tree) hasMessage(texts ...string) bool {
	return slices.ContainsFunc(t, func(n node) bool {
		return n.text != "" && slices.ContainsFunc(texts, func(text string) bool {
			return n.text == text || strings.HasSuffix(text, " ") && strings.HasPrefix(n.text, text)
		})
	})
}
