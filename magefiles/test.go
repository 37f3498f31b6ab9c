//go:build mage

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/yunluo-alerts/yunluo/magefiles/gotest"
)

// allowedSkips are the tests, as package.Test, that may be skipped, each with its reason. There is none.
func allowedSkips() []string { return nil }

// Test is what CI runs: it installs what it needs, lints, vets, runs every test, fuzz target, some
// crashes and each benchmark once, and ends with one line of counts.
func Test() {
	var r reports
	err := r.all()
	if err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
	}
	// The counts come last and alone, whatever happened.
	fmt.Println(r.total.String())
	if err != nil {
		os.Exit(1)
	}
}

// reports adds up the runs of tests.
type reports struct{ total gotest.Report }

func (r *reports) all() error {
	for _, s := range []struct {
		name string
		do   func() error
	}{
		{"install", install},
		{"lint", Lint},
		{"vet", Vet},
		{"build", Build},
		{"unit", r.unit},
		{"web", r.web},
		{"browser", r.browser},
		{"end to end", r.endToEnd},
		{"fuzz", func() error { return fuzz("3s") }},
		{"drill", r.drill},
		{"bench", benchSmoke},
	} {
		if err := stage(s.name, s.do); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// raced are the packages whose tests run under the race detector.
func raced(pkg string) bool {
	for _, room := range []string{"engine", "store", "corerpc", "provider", "outbound"} {
		if rest, ok := strings.CutPrefix(pkg, "github.com/yunluo-alerts/yunluo/pkg/"+room); ok && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}

// endToEndTests are the tests that run real processes; they have stages of their own.
const endToEndTests = "./pkg/e2e/..."

func endToEnd(pkg string) bool { return strings.Contains(pkg, "/pkg/e2e") }

// goPaths are the patterns of our Go code. Never ./..., which would walk node_modules.
func goPaths() []string {
	paths := []string{"./pkg/...", "./magefiles/..."}
	if _, err := os.Stat("zabbix"); err == nil {
		paths = append(paths, "./zabbix/...")
	}
	return paths
}

func packages() ([]string, error) {
	list, err := command("go", append([]string{"list"}, goPaths()...)...).output()
	return strings.Fields(list), err
}

// unit runs each package's tests once, under the race detector where goroutines meet.
func (r *reports) unit() error {
	list, err := packages()
	if err != nil {
		return err
	}
	var plain, race []string
	for _, p := range list {
		switch {
		case endToEnd(p):
		case raced(p):
			race = append(race, p)
		default:
			plain = append(plain, p)
		}
	}
	if err := r.goTest(append([]string{"test", "-json", "-count=1"}, plain...)); err != nil {
		return err
	}
	return r.goTest(append([]string{"test", "-json", "-count=1", "-race"}, race...))
}

// endToEnd keeps the pictures of the inbox in dist/pictures.
func (r *reports) endToEnd() error {
	pictures, err := filepath.Abs(filepath.Join("dist", "pictures"))
	if err != nil {
		return err
	}
	if err := os.Setenv("YUNLUO_ARTIFACTS", pictures); err != nil {
		return err
	}
	return r.goTest([]string{"test", "-json", "-count=1", "-timeout=20m", "-skip=^TestDrill", endToEndTests})
}

func (r *reports) drill() error { return r.goTest(drillArgs(5)) }

// goTest runs go with args, which hold -json, and adds its report to the total.
func (r *reports) goTest(args []string) error {
	before := r.total
	read, write := io.Pipe()
	var done sync.WaitGroup
	var readErr error
	done.Go(func() { readErr = r.total.Read(read, os.Stderr); _ = read.CloseWithError(readErr) })
	runErr := command("go", args...).to(write).run()
	_ = write.Close()
	done.Wait()
	return r.judged(before, errors.Join(readErr, runErr))
}

// judged tells what a run added to the total, and whether that is well.
func (r *reports) judged(before gotest.Report, runErr error) error {
	now := r.total
	now.Failures, now.Skips = now.Failures[len(before.Failures):], now.Skips[len(before.Skips):]
	now.WriteFailures(os.Stderr)
	switch skips := now.Unannounced(allowedSkips()); {
	case len(now.Failures) > 0:
		return fmt.Errorf("%d failed: %s", len(now.Failures), strings.Join(now.Failures, ", "))
	case runErr != nil:
		return runErr
	case now.Passed == before.Passed:
		return errors.New("no test ran: does the pattern still match?")
	case len(skips) > 0:
		return fmt.Errorf("skipped without being announced in magefiles/test.go: %s", strings.Join(skips, ", "))
	}
	fmt.Printf("%d tests passed\n", now.Passed-before.Passed)
	return nil
}

func drill(runs int, out io.Writer) error {
	args := drillArgs(runs)
	args[1] = "-v"
	return command("go", args...).to(out).run()
}

// benchSmoke runs each benchmark once, to see that it still works; what it prints matters only if it does not.
func benchSmoke() error {
	list, err := packages()
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, endToEnd)
	once := []string{"test", "-run=^$", "-bench=.", "-benchtime=1x"}
	for _, args := range [][]string{append(slices.Clone(once), list...), append(once, endToEndTests, "-storm=100", "-backlog=500", "-idle=1s", "-series=3")} {
		var out strings.Builder
		if err := command("go", args...).to(&out).run(); err != nil {
			fmt.Print(out.String())
			return err
		}
	}
	return nil
}
