package setup

import (
	"bufio"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/source/zabbix/mediatype"
)

// ServerConfigs are where zabbix_server's configuration usually is: packages, then sources.
func ServerConfigs() []string {
	return []string{"/etc/zabbix/zabbix_server.conf", "/usr/local/etc/zabbix_server.conf"}
}

// defaultScripts are where zabbix_server looks for scripts when its configuration names no place: packages, then sources.
func defaultScripts() []string {
	return []string{"/usr/lib/zabbix/alertscripts", "/usr/local/share/zabbix/alertscripts"}
}

var errNoScripts = lang.Wrong("不知道 AlertScriptsPath", "AlertScriptsPath is unknown")

// ScriptsDir reads AlertScriptsPath from the first configuration that can be read, else takes the first usual folder
// that is there.
func ScriptsDir(configs []string) (string, error) {
	for _, path := range configs {
		text, err := os.ReadFile(path) //nolint:gosec // places of zabbix_server's configuration
		if err != nil {
			continue
		}
		dir := ""
		for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
			name, value, ok := strings.Cut(lines.Text(), "=")
			if ok && strings.TrimSpace(name) == "AlertScriptsPath" {
				dir = strings.TrimSpace(value)
			}
		}
		if dir != "" {
			return dir, nil
		}
	}
	for _, dir := range defaultScripts() {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir, nil
		}
	}
	return "", &sender.Failure{Class: sender.Never, Reason: sender.ReasonConfig, Err: errNoScripts, Hint: lang.Text{
		ZH: "找不到 zabbix_server 的 AlertScriptsPath：用 --scripts 指出这个目录；Zabbix 服务器不在本机时，到那台机器上运行",
		EN: "AlertScriptsPath of zabbix_server is not to be found: name it with --scripts; if the server runs elsewhere, run this there",
	}}
}

// InstallScript copies the binary into AlertScriptsPath, where everybody may run it. A file in use is replaced in one
// step, so that no alert meets half of one.
func InstallScript(binary, dir string, report Report) error {
	target := filepath.Join(dir, mediatype.Binary)
	c := sender.Check{Name: lang.Text{ZH: "复制 " + mediatype.Binary, EN: "copy " + mediatype.Binary}, Detail: target}
	err := copyScript(binary, target)
	if c.OK = err == nil; err != nil {
		c.Detail = err.Error()
		c.Hint = lang.Text{
			ZH: "以 root 运行，或确认 " + dir + " 存在且可写；" + mediatype.Binary + " 应与 yunluo 在同一目录，或用 --binary 指出",
			EN: "run it as root, or see that " + dir + " is there and writable; " + mediatype.Binary + " must be beside yunluo, or be named with --binary",
		}
	}
	report(c)
	return err
}

func copyScript(from, to string) error {
	text, err := os.ReadFile(from) //nolint:gosec // the operator's own path
	if err != nil {
		return lang.Because(lang.Wrong("读不了程序", "read the binary"), err)
	}
	if old, err := os.ReadFile(to); err == nil && bytes.Equal(old, text) { //nolint:gosec // what is there already, in the operator's own folder
		return os.Chmod(to, 0o755) //nolint:gosec // Zabbix's user must be able to run it
	}
	fresh, err := os.CreateTemp(filepath.Dir(to), "."+mediatype.Binary+"-*")
	if err != nil {
		return lang.Because(lang.Wrong("写不进 AlertScriptsPath", "write into AlertScriptsPath"), err)
	}
	_, err = fresh.Write(text)
	err = errors.Join(err, fresh.Chmod(0o755), fresh.Sync(), fresh.Close())
	if err == nil {
		err = os.Rename(fresh.Name(), to)
	}
	if err != nil {
		_ = os.Remove(fresh.Name())
		return lang.Because(lang.Wrong("写不进 AlertScriptsPath", "write into AlertScriptsPath"), err)
	}
	return nil
}

// CheckScript tells whether zabbix_server can run the binary, and whether it is of this version: told by running it.
func CheckScript(dir string, version func(path string) (string, error), want string, report Report) {
	path := filepath.Join(dir, mediatype.Binary)
	c := sender.Check{Name: lang.Text{ZH: mediatype.Binary, EN: mediatype.Binary}, Detail: path}
	info, err := os.Stat(path)
	install := lang.Text{ZH: "运行 yunluo zabbix install", EN: "run yunluo zabbix install"}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.Hint = lang.Text{ZH: "不在 AlertScriptsPath 里：" + install.ZH, EN: "it is not in AlertScriptsPath: " + install.EN}
	case err != nil:
		c.Detail = err.Error()
	case info.Mode()&0o001 == 0:
		c.Hint = lang.Text{ZH: "Zabbix 的用户不能执行它：chmod 755 " + path, EN: "Zabbix's user may not run it: chmod 755 " + path}
	default:
		c.OK = true
		if got, err := version(path); err != nil || got != want {
			c.OK, c.Detail = false, strings.TrimSpace(got+" ≠ "+want)
			c.Hint = lang.Text{ZH: "与 yunluo 版本不同：" + install.ZH, EN: "it is of another version than yunluo: " + install.EN}
		}
	}
	report(c)
}
