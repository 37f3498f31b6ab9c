package corerpc

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// The names of a background core's files.
const (
	socketName    = "core.sock"
	startLockName = "start.lock"
	binaryName    = "yunluo"
)

// systemDir and systemConfig are where a package installs.
const (
	systemDir    = "/var/lib/yunluo"
	systemConfig = "/etc/yunluo/yunluo.yaml"
)

// Dir is where a background core of this user keeps its socket, lock, log and store: $YUNLUO_DIR, else
// /var/lib/yunluo where that is writable, else /var/tmp/yunluo-<uid>.
func Dir() (string, error) { return findDir(os.Getenv("YUNLUO_DIR"), systemDir) }

func findDir(fromEnv, system string) (string, error) {
	if fromEnv != "" {
		return absolute(fromEnv, "YUNLUO_DIR")
	}
	if writable(system) {
		return system, nil
	}
	return filepath.Join(userTemp(), "yunluo-"+strconv.Itoa(os.Geteuid())), nil
}

// Address is the socket of the background core in a directory.
func Address(dir string) string { return filepath.Join(dir, socketName) }

// ConfigFile is the configuration of a background core: $YUNLUO_CONFIG, else /etc/yunluo/yunluo.yaml.
func ConfigFile() (string, error) {
	if p := os.Getenv("YUNLUO_CONFIG"); p != "" {
		return absolute(p, "YUNLUO_CONFIG")
	}
	return systemConfig, nil
}

// placeOf completes where a core keeps its files and which configuration it reads; empty means the default.
func placeOf(dir, config string) (absDir, absConfig string, err error) {
	if dir == "" {
		absDir, err = Dir()
	} else {
		absDir, err = absolute(dir, "the directory")
	}
	if err != nil {
		return "", "", err
	}
	if config == "" {
		absConfig, err = ConfigFile()
	} else {
		absConfig, err = absolute(config, "the configuration")
	}
	return absDir, absConfig, err
}

// Place is where a core of this user keeps its files, and the configuration that it reads.
type Place struct{ Dir, Config string }

// MakePlace makes the directory if need be, for this user alone. What is empty gets its default, as for Connect. Its
// errors Is core.ErrUnreachable.
func MakePlace(dir, config string) (Place, error) {
	dir, config, err := placeOf(dir, config)
	if err == nil {
		err = ownDir(dir, 0o700)
	}
	if err != nil {
		return Place{}, lang.Because(core.ErrUnreachable, err)
	}
	return Place{dir, config}, nil
}

func absolute(path, from string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("make %s=%s absolute: %w", from, path, err)
	}
	return abs, nil
}

// ErrNoBinary means that there is no yunluo to start a core from.
var ErrNoBinary = lang.Wrong("找不到 yunluo 程序", "there is no yunluo binary")

// FindBinary looks for the binary that a core is started from: the one that is named, else yunluo beside this program,
// in PATH, in /usr/local/bin or in /usr/bin.
func FindBinary(named string) (string, error) {
	if named != "" {
		return absolute(named, "the binary")
	}
	var places []string
	if self, err := os.Executable(); err == nil {
		if target, err := filepath.EvalSymlinks(self); err == nil {
			places = append(places, filepath.Join(filepath.Dir(target), binaryName))
		}
	}
	if inPath, err := exec.LookPath(binaryName); err == nil {
		places = append(places, inPath)
	}
	places = append(places, filepath.Join("/usr/local/bin", binaryName), filepath.Join("/usr/bin", binaryName))
	for _, p := range places {
		if info, err := os.Stat(p); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return absolute(p, "PATH")
		}
	}
	return "", lang.Because(ErrNoBinary, lang.Wrong("它不在本程序旁边、PATH、/usr/local/bin 和 /usr/bin 里：请装到其中之一，或自己启动 yunluo core",
		"none beside this program, in PATH, in /usr/local/bin or in /usr/bin: install it there, or start yunluo core yourself"))
}
