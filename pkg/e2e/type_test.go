package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestATypeCostsOneFolderAndOneLine builds yunluo with one more folder and one more line in the list, and then finds
// the type everywhere.
func TestATypeCostsOneFolderAndOneLine(t *testing.T) {
	yunluo := withGong(t)
	run := func(args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), yunluo, append(args, "--lang", "en")...)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	must := func(args ...string) string {
		out, err := run(args...)
		require.NoError(t, err, out)
		return out
	}
	var rung string
	hall := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { rung = r.URL.Path }))
	defer hall.Close()
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	config := "accounts:\n  gong: {type: hall_gong, mallet: oak, base_url: \"" + hall.URL + "\"}\n" +
		"contact_points:\n  - name: hall\n    steps:\n      - notify: [{account: gong, to: [\"tag:noon\"]}]\n"
	good := file("good.yaml", config)
	bad := file("bad.yaml", "accounts:\n  gong: {type: hall_gong, mallt: oak, hall: north}\ncontact_points:\n  - name: hall\n    steps:\n      - notify: [{account: gong, to: [\"chat:x\"]}]\n")

	require.Contains(t, must("types"), "hall_gong")
	require.Contains(t, must("types", "hall_gong"), "Rings the gong of the hall.")
	page := must("types", "hall_gong", "--markdown")
	require.Contains(t, page, "| `mallet` (or `mallet_file`) | yes |")
	require.Contains(t, page, "| cracked | the gong is cracked |")

	var schema any
	raw := must("schema")
	require.NoError(t, json.Unmarshal([]byte(raw), &schema))
	require.Contains(t, raw, `"hall_gong"`)
	require.Contains(t, raw, `"mallet_file"`)

	must("check", "--config", good)
	said, err := run("check", "--config", bad)
	require.Error(t, err)
	for _, fault := range []string{`mallt`, `"mallet"`, `east`, `chat`} {
		require.Contains(t, said, fault)
	}

	d := prepare(t, dir, config)
	d.program = yunluo
	d.run()
	require.Contains(t, must("render", "hall", "--core", d.socket()), "🔔 ")
	require.Contains(t, must("send", "hall", "--core", d.socket(), "--title", "noon", "--wait", "9s"), "delivered")
	require.Equal(t, "/ring/noon", rung)
}

// withGong builds yunluo with a folder and a line laid over the source.
func withGong(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	list := filepath.Join(root, "pkg", "provider", "provider.go")
	raw, err := os.ReadFile(list)
	require.NoError(t, err)
	more := strings.Replace(string(raw), "\t\tfeishu.Manifests(),\n", "\t\tfeishu.Manifests(),\n\t\tgong.Manifests(),\n", 1)
	require.NotEqual(t, string(raw), more)
	more = strings.Replace(more, "import (\n", "import (\n\t\"github.com/yunluo-alerts/yunluo/pkg/provider/gong\"\n", 1)
	changed := filepath.Join(dir, "provider.go")
	require.NoError(t, os.WriteFile(changed, []byte(more), 0o600))
	gong, err := filepath.Abs("testdata/gong/gong.go")
	require.NoError(t, err)
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {
		list: changed, filepath.Join(root, "pkg", "provider", "gong", "gong.go"): gong,
	}})
	require.NoError(t, err)
	plan := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(plan, overlay, 0o600))
	path := filepath.Join(dir, "yunluo")
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", plan, "-o", path, "../cmd/yunluo")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	return path
}
