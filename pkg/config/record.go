package config

import (
	"encoding/json"
	"fmt"
	"io/fs"

	"github.com/yunluo-alerts/yunluo/pkg/secret"
)

// Recorder remembers all that a configuration is read from, so that another process, or this one later, reads the same
// whatever has become of the files since. Use one for each Load.
type Recorder struct{ read record }

// record is what was read, by the name that it was asked for by.
type record struct {
	Files map[string][]byte   `json:"files"`
	Globs map[string][]string `json:"globs"`
	Env   map[string]string   `json:"env"`
}

// Options are o, with what they read remembered.
func (r *Recorder) Options(o Options) Options {
	o = o.filledIn()
	r.read = record{map[string][]byte{}, map[string][]string{}, map[string]string{}}
	readFile, glob, getenv := o.ReadFile, o.Glob, o.Getenv
	o.ReadFile = func(path string) ([]byte, error) {
		data, err := readFile(path)
		if err == nil {
			r.read.Files[path] = data
		}
		return data, err
	}
	o.Glob = func(pattern string) ([]string, error) {
		found, err := glob(pattern)
		if err == nil {
			r.read.Globs[pattern] = found
		}
		return found, err
	}
	o.Getenv = func(name string) (string, bool) {
		value, ok := getenv(name)
		if ok {
			r.read.Env[name] = value
		}
		return value, ok
	}
	return o
}

// Record is everything that was read. It is a secret, since secrets are in it.
func (r *Recorder) Record() (secret.Value, error) {
	text, err := json.Marshal(r.read)
	if err != nil {
		return secret.Value{}, fmt.Errorf("write down what the configuration was read from: %w", err)
	}
	return secret.New(string(text)), nil
}

// FromRecord are o, reading from a record and from nothing else.
func FromRecord(from secret.Value, o Options) (Options, error) {
	var r record
	if err := json.Unmarshal([]byte(from.Reveal()), &r); err != nil {
		return o, fmt.Errorf("the record of a configuration cannot be read: %T", err) // The error may quote a secret.
	}
	o.ReadFile = func(path string) ([]byte, error) {
		data, ok := r.Files[path]
		if !ok {
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		}
		return data, nil
	}
	o.Glob = func(pattern string) ([]string, error) { return r.Globs[pattern], nil }
	o.Getenv = func(name string) (string, bool) {
		value, ok := r.Env[name]
		return value, ok
	}
	return o, nil
}
