package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestZabbixInstallWithoutAnAPICopiesTheScriptAndSaysWhatIsNext(t *testing.T) {
	c := newCLI(t)
	binary, scripts := c.write("built", "#!/bin/sh\necho yunluo-zabbix version devel\n"), filepath.Join(c.dir, "scripts")
	require.NoError(t, os.Mkdir(scripts, 0o755))
	r := c.run("zabbix", "install", "--lang", "zh", "--scripts", scripts, "--binary", binary)
	require.Equal(t, exitOK, r.code, r.err)
	require.Contains(t, r.out, "✓ 复制 yunluo-zabbix: "+filepath.Join(scripts, "yunluo-zabbix"))
	require.Contains(t, r.out, "zabbix/exports/yunluo-script-6.0.zh.yaml")
	require.FileExists(t, filepath.Join("../../../zabbix/exports", "yunluo-script-6.0.zh.yaml"))
	info, err := os.Stat(filepath.Join(scripts, "yunluo-zabbix"))
	require.NoError(t, err)
	require.EqualValues(t, 0o755, info.Mode().Perm())

	r = c.run("zabbix", "check", "--scripts", scripts)
	require.Contains(t, r.out, "yunluo-zabbix: "+filepath.Join(scripts, "yunluo-zabbix"))
	require.Contains(t, r.out, "none runs, the first alert starts one")
}

func TestZabbixUsage(t *testing.T) {
	c := newCLI(t)
	for says, args := range map[string][]string{
		"--token-file is missing":             {"install", "--url", "http://127.0.0.1:1/"},
		"--token-file: open":                  {"check", "--url", "http://127.0.0.1:1/", "--token-file", filepath.Join(c.dir, "none")},
		`--way "mail": use script or webhook`: {"install", "--way", "mail"},
		"--user and --send-to go together":    {"install", "--user", "Admin"},
	} {
		r := c.run(append([]string{"zabbix"}, args...)...)
		require.Equal(t, exitUsage, r.code, says)
		require.Contains(t, r.err, says)
	}
	r := c.run("zabbix", "install", "--scripts", filepath.Join(c.dir, "none"), "--binary", c.write("built", "x"))
	require.Equal(t, exitFailed, r.code)
	require.Contains(t, r.out, "✗ copy yunluo-zabbix")
}
