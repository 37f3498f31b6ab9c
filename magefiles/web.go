//go:build mage

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/magefile/mage/mg"

	"github.com/yunluo-alerts/yunluo/magefiles/gotest"
)

// harnesses are the folders of the plays of Grafana's front end: of 12 with our own packages, of 13 with its own.
func harnesses() []string { return []string{"tests/harness", "tests/harness-13"} }

// installWeb brings what the pages and their tests are made with.
func installWeb() error {
	for _, folder := range []string{".", "tests/harness-13"} {
		if err := npm(folder); err != nil {
			return err
		}
	}
	return nil
}

// webBuild bundles the pages into dist/, and leaves there what is not theirs.
func webBuild() error {
	if err := npm("."); err != nil {
		return err
	}
	return command("npm", "run", "--silent", "build", "--", "--stats", "errors-warnings").run()
}

// Web checks the pages of the Grafana app: types, style, unit tests, and that every text is extracted.
func Web() error {
	mg.SerialDeps(installWeb)
	var r reports
	if err := r.web(); err != nil {
		return err
	}
	fmt.Println(r.total.String())
	return nil
}

// Browser bundles the pages and tries them in Chromium, in Grafana 12's front end and 13's.
func Browser() error {
	mg.SerialDeps(installWeb, webBuild)
	var r reports
	if err := r.browser(); err != nil {
		return err
	}
	fmt.Println(r.total.String())
	return nil
}

// Harness builds what tests/README.md lets look at the pages with: the plays of Grafana, and the plugin.
func Harness() error {
	mg.SerialDeps(installWeb)
	overlay, err := withNewType()
	if err != nil {
		return err
	}
	for _, b := range []struct{ name, pkg, flag string }{
		{"serve", "./pkg/app/apptest/serve", "-overlay="},
		{"yunluo", "./pkg/cmd/yunluo", "-overlay="},
		{"gpx_yunluo", "./pkg/cmd/gpx_yunluo", "-overlay="},
		{"gpx_newtype", "./pkg/cmd/gpx_yunluo", "-overlay=" + overlay},
		{"newtype", "./pkg/cmd/yunluo", "-overlay=" + overlay},
	} {
		if err := command("go", "build", b.flag, "-o", filepath.Join("bin", "apptest", b.name), b.pkg).env("CGO_ENABLED=0").run(); err != nil {
			return err
		}
	}
	for _, folder := range harnesses() {
		config := filepath.Join(folder, "webpack.config.ts")
		if err := command("node", "--import", "tsx", "node_modules/webpack/bin/webpack.js", "-c", config).run(); err != nil {
			return err
		}
	}
	return nil
}

// withNewType lays a provider more over the sources: a folder, and a line in the list of providers. It returns the file
// that tells the compiler so.
func withNewType() (string, error) {
	const list = "pkg/provider/provider.go"
	root, err := os.Getwd()
	if err != nil {
		return "", err
	}
	source, err := os.ReadFile(list)
	if err != nil {
		return "", err
	}
	const line, path = "\t\twebhook.Manifests(),\n", "\t\"github.com/yunluo-alerts/yunluo/pkg/provider/"
	changed := strings.Replace(string(source), line, line+"\t\tpigeon.Manifests(),\n", 1)
	changed = strings.Replace(changed, path+"slack\"\n", path+"pigeon\"\n"+path+"slack\"\n", 1)
	dir := filepath.Join(root, "bin", "newtype")
	overlay := map[string]map[string]string{"Replace": {
		filepath.Join(root, list):                            filepath.Join(dir, "provider.go"),
		filepath.Join(root, "pkg/provider/pigeon/pigeon.go"): filepath.Join(root, "tests", "newtype", "pigeon.go"),
	}}
	raw, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "overlay.json")
	return file, errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, "provider.go"), []byte(changed), 0o644), os.WriteFile(file, raw, 0o644))
}

func (r *reports) web() error {
	for _, args := range [][]string{
		{"npm", "run", "--silent", "typecheck"},
		{"npx", "tsc", "-p", "tests/tsconfig.json"},
		{"npm", "run", "--silent", "lint"},
	} {
		if err := command(args[0], args[1:]...).run(); err != nil {
			return err
		}
	}
	if err := localesAreCurrent(); err != nil {
		return err
	}
	out := filepath.Join("bin", "jest.json")
	return r.counted(out, command("npx", "jest", "--json", "--silent", "--outputFile="+out).to(io.Discard), (*gotest.Report).ReadJest)
}

func (r *reports) browser() error {
	if err := Harness(); err != nil {
		return err
	}
	return r.counted(filepath.Join("bin", "playwright.json"), command("npx", "playwright", "test"), (*gotest.Report).ReadPlaywright)
}

// counted runs a runner of tests and adds the report that it leaves at path.
func (r *reports) counted(path string, c cmd, read func(*gotest.Report, io.Reader) error) error {
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), removed(path)); err != nil {
		return err
	}
	runErr := c.run()
	report, err := os.Open(path)
	if err != nil {
		return errors.Join(runErr, err)
	}
	defer report.Close()
	before := r.total
	if err := read(&r.total, report); err != nil {
		return errors.Join(runErr, err)
	}
	return r.judged(before, runErr)
}

func removed(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// localesAreCurrent extracts the texts again and asks that nothing changes.
func localesAreCurrent() error {
	before, err := locales()
	if err != nil {
		return err
	}
	var said strings.Builder
	if err := command("npm", "run", "--silent", "locales").to(&said).run(); err != nil {
		return errors.Join(err, errors.New(said.String()))
	}
	after, err := locales()
	if err != nil {
		return err
	}
	for _, path := range slices.Sorted(maps.Keys(after)) {
		if !bytes.Equal(before[path], after[path]) {
			return fmt.Errorf("%s was not current; it is now: look at it and commit it", path)
		}
	}
	return nil
}

func locales() (map[string][]byte, error) {
	paths, err := filepath.Glob(filepath.Join("src", "locales", "*", "*.json"))
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	for _, path := range paths {
		if out[path], err = os.ReadFile(path); err != nil {
			return nil, err
		}
	}
	return out, nil
}
