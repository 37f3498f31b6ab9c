//go:build mage

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Tools that are not in go.mod are pinned here; `go install` puts each into a folder of ours.
const (
	golangciModule = "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0"
	// v0.31.1 is the newest Alertmanager that go install builds: later ones lack the built UI.
	alertmanagerModule  = "github.com/prometheus/alertmanager/cmd/alertmanager@v0.31.1"
	alertmanagerVersion = "v0.31.1"
	protocGenGoModule   = "google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12"
	protocGenGRPCModule = "google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2"
	sdkTestFolders      = "pkg/sandbox/sdktest-*"
)

// cached is a folder below $HOME/.cache/yunluo that survives runs.
func cached(elem ...string) (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder: %w", err)
	}
	return filepath.Join(append([]string{home, ".cache", "yunluo"}, elem...)...), nil
}

// installGo makes sure of a Go tool and returns its path. The folder's name tells the version.
func installGo(folder, binary, module string) (string, error) {
	dir, err := cached(folder)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, binary)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	fmt.Printf("installing %s (once; some minutes)\n", module)
	return path, command("go", "install", module).env("GOBIN=" + dir).env("GOFLAGS=").run()
}

func golangci() (string, error) { return installGo("bin", "golangci-lint", golangciModule) }

// debian installs a package when its binary is missing. It needs root for that, and never goes on without.
func debian(binary, pkg string) error {
	if _, err := exec.LookPath(binary); err == nil {
		return nil
	}
	if os.Geteuid() != 0 {
		return fmt.Errorf("%s is missing, and only root can install it: run apt-get install %s, then this again", binary, pkg)
	}
	fmt.Printf("installing Debian's %s\n", pkg)
	// RUNLEVEL=1 keeps the package's own service from starting.
	if err := command("apt-get", "update", "-q").env("RUNLEVEL=1").run(); err != nil {
		return err
	}
	return command("apt-get", "install", "-q", "-y", "--no-install-recommends", pkg).
		env("DEBIAN_FRONTEND=noninteractive").env("RUNLEVEL=1").run()
}

// fonts are what pictures of pages are drawn with: without them Chinese and emoji are boxes.
func fonts() error {
	for file, pkg := range map[string]string{
		"opentype/noto/NotoSansCJK-Regular.ttc": "fonts-noto-cjk", "truetype/noto/NotoColorEmoji.ttf": "fonts-noto-color-emoji",
	} {
		if _, err := os.Stat(filepath.Join("/usr/share/fonts", file)); err == nil {
			continue
		}
		if err := debian(pkg+" is not a program", pkg); err != nil {
			return err
		}
	}
	return nil
}

// npm installs what a package-lock.json names, unless it was done since the lock last changed.
func npm(folder string) error {
	lock, err := os.Stat(filepath.Join(folder, "package-lock.json"))
	if err != nil {
		return fmt.Errorf("install the npm packages of %s: %w", folder, err)
	}
	done, err := os.Stat(filepath.Join(folder, "node_modules", ".package-lock.json"))
	if err == nil && done.ModTime().After(lock.ModTime()) {
		return nil
	}
	if _, err := exec.LookPath("npm"); err != nil {
		return errors.Join(err, errors.New("npm is missing: install Node.js 20 or newer, then run this again"))
	}
	if err := command("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error").in(folder).run(); err != nil {
		return err
	}
	now := time.Now()
	return os.Chtimes(filepath.Join(folder, "node_modules", ".package-lock.json"), now, now)
}

// Install brings everything that the tests use besides Go.
func Install() error { return install() }

// install is what Install does.
func install() error {
	if _, err := golangci(); err != nil {
		return err
	}
	if _, err := installGo("alertmanager-"+alertmanagerVersion, "alertmanager", alertmanagerModule); err != nil {
		return err
	}
	if err := debian("prometheus-alertmanager", "prometheus-alertmanager"); err != nil {
		return err
	}
	if err := debian("chromium", "chromium"); err != nil {
		return err
	}
	for _, more := range []func() error{postgres, zabbix, pythonRequests, fonts, installWeb} {
		if err := more(); err != nil {
			return err
		}
	}
	folders, err := filepath.Glob(sdkTestFolders)
	if err != nil {
		return fmt.Errorf("find the SDK tests: %w", err)
	}
	for _, dir := range folders {
		if err := npm(dir); err != nil {
			return err
		}
	}
	return nil
}
