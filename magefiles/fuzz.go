//go:build mage

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// fuzzTargets finds the fuzz targets of the test files in a folder.
func fuzzTargets(dir string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return nil, err
	}
	target := regexp.MustCompile(`(?m)^func (Fuzz\w+)\(\w+ \*testing\.F\)`)
	var names []string
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		for _, m := range target.FindAllSubmatch(text, -1) {
			names = append(names, string(m[1]))
		}
	}
	return names, nil
}

// outOfTime tells whether a target found nothing, but Go's coordinator took the end of its time for a failure, as it does
// before Go 1.27 when the machine is busy. https://go.dev/issue/75804
func outOfTime(said string) bool {
	return strings.Contains(said, "context deadline exceeded") && !strings.Contains(said, "Failing input written")
}

// fuzz gives every target that long. Each package's instrumented binary is built once.
func fuzz(each string) error {
	list, err := command("go", append([]string{"list", "-f", "{{.Dir}}"}, goPaths()...)...).output()
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "yunluo-fuzz-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	corpus, err := cached("fuzz")
	if err != nil {
		return err
	}
	count := 0
	var failed []error
	for dir := range strings.SplitSeq(list, "\n") {
		targets, err := fuzzTargets(dir)
		if err != nil {
			return err
		}
		if len(targets) == 0 {
			continue
		}
		binary := filepath.Join(scratch, "fuzz.test")
		if err := command("go", "test", "-c", "-fuzz=.", "-o", binary, ".").in(dir).run(); err != nil {
			return err
		}
		for _, t := range targets {
			count++
			var out strings.Builder
			try := func() error {
				out.Reset()
				return command(binary, "-test.run=^$", "-test.fuzz=^"+t+"$", "-test.fuzztime="+each, "-test.fuzzcachedir="+filepath.Join(corpus, dir)).
					in(dir).to(&out).run()
			}
			err := try()
			for again := 0; again < 2 && err != nil && outOfTime(out.String()); again++ {
				err = try()
			}
			if err != nil {
				fmt.Print(out.String())
				failed = append(failed, fmt.Errorf("%s in %s: %w", t, dir, err))
			}
		}
	}
	fmt.Printf("%d fuzz targets, %s each\n", count, each)
	return errors.Join(failed...)
}
