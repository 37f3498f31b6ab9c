package corerpc

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhereABackgroundCoreLives(t *testing.T) {
	system := t.TempDir()
	dir, err := findDir("", system)
	require.NoError(t, err)
	require.Equal(t, system, dir)
	dir, err = findDir("", filepath.Join(system, "none"))
	require.NoError(t, err)
	require.Equal(t, fmt.Sprintf("/var/tmp/yunluo-%d", os.Geteuid()), dir)
	t.Chdir(system)
	dir, err = findDir("mine", "/elsewhere")
	require.NoError(t, err)
	require.Equal(t, filepath.Join(system, "mine"), dir)

	t.Setenv("YUNLUO_CONFIG", "")
	config, err := ConfigFile()
	require.NoError(t, err)
	require.Equal(t, "/etc/yunluo/yunluo.yaml", config)
}

func TestTheBinaryIsFoundInPath(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	if _, err := FindBinary(""); err != nil { // Not installed on this machine.
		require.ErrorIs(t, err, ErrNoBinary)
		require.ErrorContains(t, err, "start yunluo core yourself")
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "yunluo"), []byte("#!/bin/sh\n"), 0o700))
	found, err := FindBinary("")
	require.NoError(t, err)
	require.Equal(t, filepath.Join(dir, "yunluo"), found)
}

func TestTheLogOfABackgroundCoreStaysBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), logName)
	f, err := openLog(path)
	require.NoError(t, err)
	defer f.Close()
	line := strings.Repeat("x", 1023) + "\n"
	for range maxLog/len(line) + 1 {
		_, err := f.WriteString(line)
		require.NoError(t, err)
	}
	require.NoError(t, turnLog(path))
	_, err = f.WriteString("first\n\n second \n")
	require.NoError(t, err)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "first\n\n second \n", string(content), "the writer goes on at the start")
	old, err := os.Stat(path + ".1")
	require.NoError(t, err)
	require.Greater(t, old.Size(), int64(maxLog))
	require.Equal(t, "first; second", tailFrom(path, 0))
	require.Equal(t, "second", tailFrom(path, 6))
	require.Empty(t, tailFrom(path+".none", 0))
}
