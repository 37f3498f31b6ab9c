//go:build mage

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// zabbixPackages are Debian's parts of a Zabbix: server, frontend and its API, zabbix_sender (in zabbix-agent), and the
// PHP that runs the frontend. php8.2-fpm only satisfies php8.2, and keeps apache2 out; it is never started.
func zabbixPackages() []string {
	return []string{"zabbix-server-pgsql", "zabbix-frontend-php", "zabbix-agent", "php8.2-cli", "php8.2-fpm", "php8.2-pgsql"}
}

// zabbixExtensions are in packages that apt leaves out where another PHP is installed.
func zabbixExtensions() []string {
	return []string{"php8.2-common", "php8.2-bcmath", "php8.2-gd", "php8.2-mbstring", "php8.2-xml"}
}

// zabbixRoot is where pkg/e2e finds it. root's own cache is closed to the user that the tests run Zabbix as.
func zabbixRoot() (string, error) {
	if os.Geteuid() == 0 {
		return "/var/cache/yunluo/zabbix-6.0", nil
	}
	return cached("zabbix-6.0")
}

// zabbix unpacks Debian's Zabbix 6.0 into the cache, once. Unpacked, since installing takes two minutes of maintainer
// scripts, and since nothing of it is to be started but by a test.
func zabbix() error {
	root, err := zabbixRoot()
	if err != nil {
		return err
	}
	done := filepath.Join(root, ".done")
	if _, err := os.Stat(done); err == nil {
		return nil
	}
	fmt.Println("unpacking Debian's Zabbix 6.0 (once; some seconds)")
	debs := root + "-debs"
	defer os.RemoveAll(debs)
	if err := fetchDebs(debs); err != nil {
		if os.Geteuid() != 0 {
			return fmt.Errorf("%w; the list of packages may be old, and only root can update it: run apt-get update, then this again", err)
		}
		if err := command("apt-get", "update", "-q").run(); err != nil {
			return err
		}
		if err := fetchDebs(debs); err != nil {
			return err
		}
	}
	list, err := filepath.Glob(filepath.Join(debs, "*.deb"))
	if err != nil {
		return err
	}
	for _, deb := range list {
		if err := unpack(deb, root); err != nil {
			return err
		}
	}
	// Tests run it as a user who may not read our home.
	if err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			return os.Chmod(path, 0o755)
		}
		return err
	}); err != nil {
		return err
	}
	return os.WriteFile(done, nil, 0o644)
}

func fetchDebs(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	plan, err := command("apt-get", append([]string{"install", "-s", "-qq", "--no-install-recommends"}, zabbixPackages()...)...).output()
	if err != nil {
		return err
	}
	want := slices.Concat(zabbixPackages(), zabbixExtensions())
	for lines := bufio.NewScanner(strings.NewReader(plan)); lines.Scan(); {
		if f := strings.Fields(lines.Text()); len(f) > 1 && f[0] == "Inst" {
			want = append(want, f[1])
		}
	}
	slices.Sort(want)
	user := "root"
	if os.Geteuid() != 0 {
		user = os.Getenv("USER")
	}
	args := append([]string{"download", "-qq", "-o", "APT::Sandbox::User=" + user}, slices.Compact(want)...)
	return command("apt-get", args...).in(dir).run()
}

func unpack(deb, root string) error {
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	tar := command("dpkg-deb", "--fsys-tarfile", deb)
	tar.Stdout = nil
	out, err := tar.StdoutPipe()
	if err != nil {
		return err
	}
	untar := command("tar", "-x", "-C", root, "--exclude=./usr/share/doc", "--exclude=./usr/share/man", "--exclude=./usr/share/locale")
	untar.Stdin = out
	if err := tar.Start(); err != nil {
		return fmt.Errorf("unpack %s: %w", deb, err)
	}
	err = untar.run()
	return errors.Join(err, tar.Wait())
}

// postgres makes sure of a PostgreSQL to run Zabbix on. Its programs are in no PATH.
func postgres() error {
	if found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); err != nil || len(found) > 0 {
		return err
	}
	return debian("initdb", "postgresql")
}

// pythonRequests is what the cost of an alert is compared with.
func pythonRequests() error {
	if err := debian("python3", "python3"); err != nil {
		return err
	}
	if command("/usr/bin/python3", "-c", "import importlib.util as u, sys; sys.exit(u.find_spec('requests') is None)").run() == nil {
		return nil
	}
	return debian("python3-requests is not a program", "python3-requests")
}
