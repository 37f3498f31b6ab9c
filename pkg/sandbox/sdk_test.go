package sandbox_test

import (
	"bytes"
	"context"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox"
)

// TestOfficialSDKs lets the providers' own Node SDKs talk to the sandbox: each folder sdktest-* is one of them.
func TestOfficialSDKs(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob("sdktest-*")
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	for _, dir := range folders {
		t.Run(strings.TrimPrefix(dir, "sdktest-"), func(t *testing.T) {
			t.Parallel()
			installSDK(t, dir)
			play := newSandbox(t, sandbox.Options{})
			server := httptest.NewServer(play.Handler())
			defer server.Close()
			mail := takeMail(t, play)
			node := exec.CommandContext(t.Context(), "node", "--test", "--test-reporter=spec", "--test-concurrency=1")
			node.Dir = dir
			node.Env = append(os.Environ(), "SANDBOX_URL="+server.URL, "SANDBOX_SMTP="+mail, "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1")
			out, err := node.CombinedOutput()
			require.NoError(t, err, string(out))
			require.Contains(t, string(out), "fail 0")
			require.NotContains(t, string(out), "tests 0")
		})
	}
}

// takeMail lets a sandbox listen for mail until the test ends.
func takeMail(t *testing.T, s *sandbox.Sandbox) (address string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- s.ServeLine(context.WithoutCancel(t.Context()), sandbox.LineSMTP, l) }()
	t.Cleanup(func() { _ = l.Close(); require.NoError(t, <-ended) })
	return l.Addr().String()
}

// installSDK runs npm ci, unless what package-lock.json asks for is installed already.
func installSDK(t *testing.T, dir string) {
	t.Helper()
	lock, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
	require.NoError(t, err)
	mark := filepath.Join(dir, "node_modules", ".installed-lock.json")
	if had, err := os.ReadFile(mark); err == nil && bytes.Equal(had, lock) {
		return
	}
	npm := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	npm.Dir = dir
	out, err := npm.CombinedOutput()
	require.NoError(t, err, string(out))
	require.NoError(t, os.WriteFile(mark, lock, 0o600))
}
