package gotest

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// count counts one test of the pages.
func (r *Report) count(name, verdict string, output ...string) {
	if r.output == nil {
		r.output = map[string][]string{}
	}
	switch verdict {
	case "passed":
		r.Passed++
	case "failed":
		r.Failed++
		r.Failures = append(r.Failures, name)
		r.output[name] = append(r.output[name], strings.Join(output, "\n"))
	default:
		r.Skipped++
		r.Skips = append(r.Skips, name)
	}
}

// ReadJest adds what `jest --json` reports; see https://jestjs.io/docs/configuration#testresultsprocessor-string.
func (r *Report) ReadJest(from io.Reader) error {
	var in struct {
		TestResults []struct {
			Name, Status, Message string
			AssertionResults      []struct {
				FullName, Status string
				FailureMessages  []string
			}
		}
	}
	if err := json.NewDecoder(from).Decode(&in); err != nil {
		return fmt.Errorf("read jest's report: %w", err)
	}
	for _, file := range in.TestResults {
		failed := false
		for _, t := range file.AssertionResults {
			failed = failed || t.Status == "failed"
			r.count(shortened(file.Name)+" "+t.FullName, t.Status, t.FailureMessages...)
		}
		// A file that cannot be read has no tests.
		if file.Status == "failed" && !failed {
			r.count(shortened(file.Name), "failed", file.Message)
		}
	}
	return nil
}

// shortened is a path from the sources on.
func shortened(path string) string {
	if i := strings.LastIndex(path, "/src/"); i >= 0 {
		return path[i+1:]
	}
	return path
}

type playwrightSuite struct {
	Suites []playwrightSuite
	Specs  []struct {
		Title, File string
		Tests       []struct {
			Status  string
			Results []struct {
				Errors []struct{ Message string }
			}
		}
	}
}

// ReadPlaywright adds what Playwright's JSON reporter writes; see https://playwright.dev/docs/test-reporters#json-reporter.
func (r *Report) ReadPlaywright(from io.Reader) error {
	var in struct {
		playwrightSuite
		Errors []struct{ Message string }
	}
	if err := json.NewDecoder(from).Decode(&in); err != nil {
		return fmt.Errorf("read playwright's report: %w", err)
	}
	for _, e := range in.Errors {
		r.count("playwright", "failed", e.Message)
	}
	r.suite(in.playwrightSuite)
	return nil
}

func (r *Report) suite(s playwrightSuite) {
	for _, inner := range s.Suites {
		r.suite(inner)
	}
	verdicts := map[string]string{"expected": "passed", "unexpected": "failed", "flaky": "failed"}
	for _, spec := range s.Specs {
		for _, t := range spec.Tests {
			var said []string
			for _, result := range t.Results {
				for _, e := range result.Errors {
					said = append(said, e.Message)
				}
			}
			r.count(spec.File+" "+spec.Title, verdicts[t.Status], said...)
		}
	}
}
