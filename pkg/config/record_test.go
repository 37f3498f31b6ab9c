package config

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestARecordIsTheConfigurationWhateverBecameOfTheFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	write("token", "from a file\n")
	write("a.tmpl", `{{ define "a" }}x{{ end }}`)
	write("y.yaml", "templates: ['*.tmpl']\nsources:\n  - {name: one, token_file: token}\n  - {name: two, token: '${YL_RECORD_TEST}'}\n")
	path := filepath.Join(dir, "y.yaml")
	t.Setenv("YL_RECORD_TEST", "from the environment")

	var r Recorder
	first, err := Load(path, nil, r.Options(Options{AllowFiles: true}))
	require.NoError(t, err)
	kept, err := r.Record()
	require.NoError(t, err)
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", kept, kept, kept), "from", "it holds secrets")

	require.NoError(t, os.RemoveAll(dir))
	require.NoError(t, os.Unsetenv("YL_RECORD_TEST"))
	options, err := FromRecord(kept, Options{AllowFiles: true})
	require.NoError(t, err)
	again, err := Load(path, nil, options)
	require.NoError(t, err)
	require.Equal(t, first.Templates, again.Templates)
	require.Equal(t, "from a file", again.Sources["one"].Token.Reveal())
	require.Equal(t, "from the environment", again.Sources["two"].Token.Reveal())

	_, err = Load(filepath.Join(dir, "other.yaml"), nil, options)
	require.ErrorIs(t, err, os.ErrNotExist)
}
