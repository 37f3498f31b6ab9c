//go:build mage

package main

import (
	"archive/zip"
	"compress/flate"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/magefile/mage/mg"
)

const (
	pluginID = "yunluo-notify-app"
	// validatorModule is pinned, since each version finds something else.
	validatorModule = "@grafana/plugin-validator@0.31.0"
)

// Package builds everything and packs the Grafana app as dist/yunluo-notify-app-<version>.zip.
func Package() error {
	mg.SerialDeps(Build)
	target, err := packagePath()
	if err != nil {
		return err
	}
	return pack("dist", target)
}

// Validate lets Grafana's validator look at the package, with our sources beside it.
func Validate() error {
	mg.SerialDeps(Package)
	target, err := packagePath()
	if err != nil {
		return err
	}
	return command("npx", "--yes", validatorModule, "-sourceCodeUri", "file://.", target).run()
}

// packagePath is named after the version in package.json, which webpack writes into plugin.json.
func packagePath() (string, error) {
	raw, err := os.ReadFile("package.json")
	if err != nil {
		return "", err
	}
	var about struct{ Version string }
	if err := json.Unmarshal(raw, &about); err != nil {
		return "", fmt.Errorf("read package.json: %w", err)
	}
	return filepath.Join("dist", pluginID+"-"+about.Version+".zip"), nil
}

// foreign matches what lies in dist/ and is no part of the plugin.
const foreign = `^(yunluo-|pictures$|.*\.zip$)`

// pack zips a folder's files below one folder of the plugin's name.
func pack(dir, target string) (err error) {
	out, err := os.Create(target)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	archive := zip.NewWriter(out)
	defer func() { err = errors.Join(err, archive.Close()) }()
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	leave := regexp.MustCompile(foreign)
	var names []string
	err = filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || file == dir {
			return err
		}
		name, err := filepath.Rel(dir, file)
		switch {
		case err != nil:
			return err
		case leave.MatchString(name) && d.IsDir():
			return filepath.SkipDir
		case leave.MatchString(name) || d.IsDir():
			return nil
		}
		names = append(names, name)
		return add(archive, file, path.Join(pluginID, filepath.ToSlash(name)))
	})
	if err != nil {
		return fmt.Errorf("pack %s: %w", target, err)
	}
	if !slices.Contains(names, "plugin.json") || !slices.Contains(names, "module.js") {
		return fmt.Errorf("pack %s: %s has no built pages", target, dir)
	}
	fmt.Printf("packed %d files into %s\n", len(names), target)
	return nil
}

// add keeps of a file's mode only whether it can be started, which Grafana needs.
func add(archive *zip.Writer, file, name string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	header, err := zip.FileInfoHeader(info)
	if err != nil {
		return err
	}
	header.Name, header.Method = name, zip.Deflate
	header.SetMode(0o644)
	if info.Mode()&0o111 != 0 {
		header.SetMode(0o755)
	}
	to, err := archive.CreateHeader(header)
	if err != nil {
		return err
	}
	from, err := os.Open(file)
	if err != nil {
		return err
	}
	defer from.Close()
	_, err = io.Copy(to, from)
	return err
}
