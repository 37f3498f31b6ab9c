package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/yunluo-alerts/yunluo/pkg/secret"
)

// holder keeps a secret where fmt may not call methods.
type holder struct {
	name  string
	token secret.Value
}

func TestASecretPrintsNothingOfItself(t *testing.T) {
	const plain = "hunter2-plain"
	v := secret.New(plain)
	var shown bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%t", "%p"} {
		fmt.Fprintf(&shown, verb+"\n", v)
		fmt.Fprintf(&shown, verb+"\n", &v)
		fmt.Fprintf(&shown, verb+"\n", holder{name: "a", token: v})
		fmt.Fprintf(&shown, verb+"\n", []any{v, map[string]secret.Value{"k": v}})
	}
	slog.New(slog.NewTextHandler(&shown, nil)).Info("message", "secret", v, "holder", holder{token: v})
	slog.New(slog.NewJSONHandler(&shown, nil)).Info("message", "secret", v, "holder", holder{token: v})
	asJSON, err := json.Marshal(map[string]any{"v": v, "p": &v})
	require.NoError(t, err)
	asYAML, err := yaml.Marshal(map[string]any{"v": v})
	require.NoError(t, err)
	shown.Write(asJSON)
	shown.Write(asYAML)
	require.NotContains(t, shown.String(), "hunter2")
	require.NotContains(t, shown.String(), fmt.Sprintf("%x", plain))
	require.Equal(t, plain, v.Reveal())
}

func TestAnEmptySecretIsUnset(t *testing.T) {
	require.False(t, secret.New("").IsSet())
	require.Empty(t, secret.Value{}.Reveal())
	require.Empty(t, secret.Value{}.String())
	require.True(t, secret.New("x").IsSet())
}
