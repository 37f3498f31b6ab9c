// Package gotest counts what `go test -json` reports, so that no test is skipped or lost unseen.
package gotest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxLine bounds one line of the report: a test's output comes in lines of their own.
const maxLine = 16 << 20

// Report is what a run of tests came to.
type Report struct {
	// Passed, Failed and Skipped count tests, fuzz targets and examples, subtests included.
	Passed, Failed, Skipped int
	// Failures and Skips are their names, as package.Test.
	Failures, Skips []string
	output          map[string][]string
}

// event is one line of `go test -json`; see `go doc test2json`.
type event struct {
	Action      string
	Package     string
	ImportPath  string
	Test        string
	Output      string
	FailedBuild string
}

// Read reads a report to its end and adds it to r. Lines that are not events, such as a
// compiler's complaints, are written to rest.
func (r *Report) Read(from io.Reader, rest io.Writer) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, maxLine)
	failedIn := map[string]bool{}
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Action == "" {
			fmt.Fprintln(rest, lines.Text())
			continue
		}
		r.add(e, failedIn)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read the test report: %w", err)
	}
	return nil
}

func (r *Report) add(e event, failedIn map[string]bool) {
	if r.output == nil {
		r.output = map[string][]string{}
	}
	name := e.Package
	if e.Test != "" {
		name += "." + e.Test
	}
	switch e.Action {
	case "build-output":
		r.output[e.ImportPath] = append(r.output[e.ImportPath], e.Output)
	case "output":
		r.output[name] = append(r.output[name], e.Output)
	case "pass":
		if e.Test != "" {
			r.Passed++
		}
		delete(r.output, name)
	case "skip":
		if e.Test != "" {
			r.Skipped++
			r.Skips = append(r.Skips, name)
		}
	case "fail":
		if e.Test != "" {
			failedIn[e.Package] = true
			r.Failed++
			r.Failures = append(r.Failures, name)
			return
		}
		// A package fails with its tests; one that fails without any did not build, or died.
		if !failedIn[e.Package] {
			r.Failed++
			r.Failures = append(r.Failures, name)
			r.output[name] = append(r.output[e.FailedBuild], r.output[name]...)
		}
	}
}

// Unannounced are the skips that are not in allowed, which holds names as package.Test.
func (r *Report) Unannounced(allowed []string) []string {
	return slices.DeleteFunc(slices.Clone(r.Skips), func(name string) bool { return slices.Contains(allowed, name) })
}

// WriteFailures writes what each failed test printed.
func (r *Report) WriteFailures(to io.Writer) {
	for _, name := range r.Failures {
		fmt.Fprintf(to, "--- %s\n%s\n", name, strings.TrimRight(strings.Join(r.output[name], ""), "\n"))
	}
}

// String is the line that ends a run.
func (r *Report) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", r.Passed, r.Failed, r.Skipped)
}
