// Package sourcetest has what the tests of every source's decoder ask of it.
package sourcetest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/source"
)

// Decode is what every source offers.
type Decode func(body []byte, labels config.Labels, defaults config.Defaults) (alert.Group, error)

// Labels is the configuration of labels that the golden files were made with.
func Labels() config.Labels {
	return config.Labels{
		Severity:       []string{"severity", "priority"},
		SeverityValues: map[string]alert.Severity{"page": alert.Critical, "p1": alert.Critical},
	}
}

// Defaults are those that the golden files were made with.
func Defaults() config.Defaults { return config.Defaults{Severity: alert.Warning} }

// Golden decodes every testdata/*.body.json and compares with the *.group.json beside it.
func Golden(t *testing.T, decode Decode, update bool) {
	t.Helper()
	bodies, err := filepath.Glob("testdata/*.body.json")
	require.NoError(t, err)
	require.NotEmpty(t, bodies)
	for _, path := range bodies {
		t.Run(filepath.Base(path), func(t *testing.T) {
			body, err := os.ReadFile(filepath.Clean(path))
			require.NoError(t, err)
			g, err := decode(body, Labels(), Defaults())
			require.NoError(t, err)
			got, err := json.MarshalIndent(g, "", "  ")
			require.NoError(t, err)
			golden := strings.TrimSuffix(path, ".body.json") + ".group.json"
			if update {
				require.NoError(t, os.WriteFile(golden, append(got, '\n'), 0o600))
			}
			want, err := os.ReadFile(filepath.Clean(golden))
			require.NoError(t, err)
			require.Equal(t, strings.TrimSpace(string(want)), string(got))
		})
	}
}

// Refused checks that body is refused as a core.ErrInvalid whose sentences, in both languages,
// hold every one of says.
func Refused(t *testing.T, decode Decode, body string, says ...string) {
	t.Helper()
	fault := Fault(t, decode, body)
	for _, s := range says {
		require.Contains(t, fault.Text.EN, s)
		require.Contains(t, fault.Text.ZH, s)
	}
}

// Fault is the error that body is refused with.
func Fault(t *testing.T, decode Decode, body string) *source.Error {
	t.Helper()
	_, err := decode([]byte(body), Labels(), Defaults())
	require.ErrorIs(t, err, core.ErrInvalid)
	var fault *source.Error
	require.ErrorAs(t, err, &fault)
	return fault
}

// Fuzz feeds decode anything, beginning with testdata: it neither panics nor gives a group that
// could not be stored and sent on, and its errors are the sender's fault.
func Fuzz(f *testing.F, decode Decode) {
	f.Helper()
	bodies, err := filepath.Glob("testdata/*.body.json")
	require.NoError(f, err)
	for _, path := range bodies {
		body, err := os.ReadFile(filepath.Clean(path))
		require.NoError(f, err)
		f.Add(body)
	}
	f.Add([]byte(strings.Repeat(`{"a":[`, 40)))
	f.Add([]byte("{\"title\":\"\xff\xfe\",\"labels\":{\"\xff\":\"\\ud800\"}}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		g, err := decode(body, Labels(), Defaults())
		if err != nil {
			require.ErrorIs(t, err, core.ErrInvalid)
			require.LessOrEqual(t, len(err.Error()), 4096)
			return
		}
		require.LessOrEqual(t, len(g.Alerts), len(body))
		Sound(t, g)
	})
}

// Sound checks that a group can be stored and sent on.
func Sound(t *testing.T, g alert.Group) {
	t.Helper()
	require.NotEmpty(t, g.Alerts)
	require.NotEmpty(t, g.Key)
	out, err := json.Marshal(g)
	require.NoError(t, err)
	require.True(t, utf8.Valid(out))
	requireUTF8(t, g)
}

func requireUTF8(t *testing.T, g alert.Group) {
	t.Helper()
	all := []string{g.Key, g.EventKey, g.Receiver, g.ExternalURL}
	maps := []map[string]string{g.GroupLabels, g.CommonLabels, g.CommonAnnotations}
	for _, a := range g.Alerts {
		require.NotEmpty(t, a.Fingerprint)
		require.Contains(t, []alert.Status{alert.Firing, alert.Resolved}, a.Status)
		require.True(t, a.Status == alert.Resolved || a.EndsAt.Equal(time.Time{}))
		all = append(all, a.Fingerprint, a.GeneratorURL, a.Value)
		maps = append(maps, a.Labels, a.Annotations)
		for _, l := range a.Links {
			all = append(all, l.URL)
		}
	}
	for _, m := range maps {
		for k, v := range m {
			all = append(all, k, v)
		}
	}
	for _, s := range all {
		require.True(t, utf8.ValidString(s), "%q", s)
	}
}
