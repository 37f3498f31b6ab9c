package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheBinaryIsThin looks at everything that a release links, not only at what this package imports.
func TestTheBinaryIsThin(t *testing.T) {
	list := exec.CommandContext(t.Context(), "go", "list", "-tags=yunluo_thin,grpcnotrace", "-deps", ".")
	out, err := list.Output()
	require.NoError(t, err)
	deps := strings.Fields(string(out))
	require.Contains(t, deps, "github.com/yunluo-alerts/yunluo/pkg/script")
	for _, d := range deps {
		require.NotRegexp(t, `yunluo/pkg/(engine|store|provider|outbound|receiver|sandbox)\b|go-plugin|sqlite`, d)
	}
}
