package script_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/script"
)

// said runs the script and gives its exit code, what it printed, and what Zabbix would keep.
func said(t *testing.T, args ...string) (code int, out, err string) {
	t.Helper()
	// A name of a socket has at most 103 bytes, which t.TempDir may use up.
	dir, fault := os.MkdirTemp("", "ysc") //nolint:usetesting // as above
	require.NoError(t, fault)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	t.Setenv("YUNLUO_DIR", filepath.Join(dir, "d"))
	t.Setenv("YUNLUO_CONFIG", filepath.Join(dir, "none.yaml"))
	t.Setenv("PATH", dir)
	var o, e bytes.Buffer
	code = script.Host{Out: &o, Err: &e, Build: "v1"}.Run(t.Context(), args)
	require.LessOrEqual(t, len([]rune(e.String())), 601)
	require.LessOrEqual(t, strings.Count(e.String(), "\n"), 1)
	return code, o.String(), e.String()
}

func TestHelpAndVersionAreForPeople(t *testing.T) {
	code, out, _ := said(t, "--version")
	require.Zero(t, code)
	require.Equal(t, "yunluo-zabbix version v1\n", out)
	for _, args := range [][]string{nil, {"--help"}, {"-h"}} {
		code, out, _ = said(t, args...)
		require.Zero(t, code)
		require.Contains(t, out, "{ALERT.SENDTO}")
		require.Contains(t, out, "--wait")
		require.Contains(t, out, "最多等多久")
	}
}

func TestOptionsAreReadInFrontOfTheDashesOnly(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"unknown option":             {[]string{"--wiat=1s", "--", "p", "s", "m"}, "-wiat"},
		"a language that we lack":    {[]string{"--lang=fr", "--", "p", "s", "m"}, "zh 或 en"},
		"two ways at once":           {[]string{"--launch", "--core=/x", "--", "p", "s", "m"}, "--launch 和 --core"},
		"an option as Send to":       {[]string{"--", "--version", "s", "m"}, "找不到 yunluo 程序"},
		"without the dashes":         {[]string{"--version", "s", "m"}, "找不到 yunluo 程序"},
		"dashes as Send to":          {[]string{"--", "--", "s", "m"}, "找不到 yunluo 程序"},
		"dashes as a message":        {[]string{"p", "s", "--"}, "找不到 yunluo 程序"},
		"too few":                    {[]string{"--", "p", "s"}, "{ALERT.MESSAGE}"},
		"nothing to say":             {[]string{"--", "p", "", "\x00"}, "消息模板"},
		"no core where one is named": {[]string{"--core=/nonexistent/core.sock", "--", "p", "s", "m"}, "连不上 /nonexistent/core.sock"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, line := said(t, c.args...)
			require.Equal(t, 1, code)
			require.Empty(t, out)
			require.Contains(t, line, c.says)
		})
	}
}

func TestAnOptionWithoutItsEqualsSignIsSaidToNeedOne(t *testing.T) {
	_, _, line := said(t, "--lang", "zh", "--", "payments", "subject", "message")
	require.Contains(t, line, "--lang 开头：选项要写成 --名=值")
}

func TestAnEnglishTemplateGetsEnglishSentences(t *testing.T) {
	_, _, line := said(t, "--lang=en", "--", "p", "s")
	require.Contains(t, line, "too few arguments")
}
