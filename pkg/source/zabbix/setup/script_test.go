package setup_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/source/zabbix/setup"
)

func write(t *testing.T, path, text string, mode os.FileMode) string {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), mode))
	require.NoError(t, os.Chmod(path, mode))
	return path
}

func TestScriptsAreWhereTheServerLooksForThem(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "none.conf")
	config := write(t, filepath.Join(dir, "zabbix_server.conf"), "# AlertScriptsPath=/wrong\nLogFile=/x\n AlertScriptsPath = /opt/scripts \n", 0o600)
	got, err := setup.ScriptsDir([]string{missing, config})
	require.NoError(t, err)
	require.Equal(t, "/opt/scripts", got)
	if _, err := os.Stat("/usr/lib/zabbix/alertscripts"); err == nil {
		return // A Zabbix is installed here, so its folder is found.
	}
	_, err = setup.ScriptsDir([]string{missing})
	require.Contains(t, sender.AsFailure(err).Hint.EN, "--scripts")
}

func TestTheScriptIsReplacedInOneStep(t *testing.T) {
	dir := t.TempDir()
	binary := write(t, filepath.Join(dir, "built"), "new", 0o700)
	target := write(t, filepath.Join(dir, "yunluo-zabbix"), "old", 0o600)
	running, err := os.Open(target)
	require.NoError(t, err)
	defer running.Close()
	var last sender.Check
	report := func(c sender.Check) { last = c }
	for range 2 {
		require.NoError(t, setup.InstallScript(binary, dir, report))
		require.True(t, last.OK)
		text, err := os.ReadFile(target)
		require.NoError(t, err)
		require.Equal(t, "new", string(text))
		info, err := os.Stat(target)
		require.NoError(t, err)
		require.EqualValues(t, 0o755, info.Mode().Perm())
	}
	was := make([]byte, 3)
	_, err = running.Read(was)
	require.NoError(t, err)
	require.Equal(t, "old", string(was), "what runs is left alone")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 2)

	require.Error(t, setup.InstallScript(filepath.Join(dir, "nothing"), dir, report))
	require.False(t, last.OK)
	require.Contains(t, last.Hint.ZH, "root")
}

func TestWhatIsWrongWithTheScriptIsSaid(t *testing.T) {
	dir := t.TempDir()
	version := func(string) (string, error) { return "v1", nil }
	check := func(want string) (last sender.Check) {
		setup.CheckScript(dir, version, want, func(c sender.Check) { last = c })
		return last
	}
	require.Contains(t, check("v1").Hint.EN, "not in AlertScriptsPath")
	path := write(t, filepath.Join(dir, "yunluo-zabbix"), "x", 0o700)
	require.Contains(t, check("v1").Hint.EN, "chmod 755")
	require.NoError(t, os.Chmod(path, 0o755))
	require.True(t, check("v1").OK)
	require.Contains(t, check("v2").Hint.EN, "another version")
}
