package providertest

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// Samples are one message of every kind, and one of four hundred alerts.
func Samples() map[string]message.Message { return kinds() }

// Golden compares what a test made with testdata/name, or writes it there.
func Golden(t *testing.T, update bool, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(t, os.WriteFile(path, got, 0o600))
	}
	want, err := os.ReadFile(path) //nolint:gosec // a file of the test
	require.NoError(t, err, "write it with -update, and read it")
	require.Equal(t, string(want), string(got))
}

// GoldenParts renders a draft and compares its parts and notes with testdata/name.
func GoldenParts(t *testing.T, update bool, name string, s sender.Sender, d sender.Draft) {
	t.Helper()
	r, err := s.Render(t.Context(), d)
	require.NoError(t, err)
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	require.NoError(t, e.Encode(r))
	Golden(t, update, name, out.Bytes())
}
