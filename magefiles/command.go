//go:build mage

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// cmd is a command to run in the repository's root, with its output shown.
type cmd struct{ *exec.Cmd }

func command(name string, args ...string) cmd {
	c := exec.CommandContext(context.Background(), name, args...)
	c.Env, c.Stdout, c.Stderr = os.Environ(), os.Stdout, os.Stderr
	return cmd{c}
}

func (c cmd) env(assignment string) cmd { c.Env = append(c.Env, assignment); return c }
func (c cmd) in(dir string) cmd         { c.Dir = dir; return c }
func (c cmd) to(out io.Writer) cmd      { c.Stdout = out; return c }

func (c cmd) run() error {
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(c.Args, " "), err)
	}
	return nil
}

// output runs c and gives what it wrote to stdout, trimmed.
func (c cmd) output() (string, error) {
	var out strings.Builder
	err := c.to(&out).run()
	return strings.TrimSpace(out.String()), err
}

// stage runs one part of a target and says how long it took.
func stage(name string, do func() error) error {
	fmt.Printf("== %s\n", name)
	began := time.Now()
	err := do()
	verdict := "ok"
	if err != nil {
		verdict = "FAILED"
	}
	fmt.Printf("== %s: %s in %.1f s\n", name, verdict, time.Since(began).Seconds())
	return err
}
