package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// TestTheScriptShowsNoSecret looks for planted secrets in whatever Zabbix, its log and other users may see of the
// script, of the core that it starts, and of the commands that set Zabbix up.
func TestTheScriptShowsNoSecret(t *testing.T) { //nolint:tparallel // its subtests build on one another
	t.Parallel()
	h := &hidden{secrets: planted()}
	apiToken, sourceToken := "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0", "Src+Webhook/Kj39sLwQz5=mm"
	h.add("API token", apiToken)
	h.add("source token of the webhook", sourceToken)
	b := startBox(t, stage.ModeFull)
	b.plant(t)
	g := newGossip(t, b.url, h)
	s := newScripted(t, b)
	config := filepath.Join(s.dir, "yunluo.yaml")
	for name, what := range map[string]string{"app_secret": "app secret, file", "robot_token": "robot token, file", "source_token": "source token, file"} {
		require.NoError(t, os.WriteFile(filepath.Join(s.dir, name), []byte(planted()[what]+"\n"), 0o600))
	}
	good := fmt.Sprintf(secretive, g.URL, freePort(t))
	good = strings.NewReplacer("${E2E_APP_SECRET}", planted()["app secret, variable"], "${E2E_ROBOT_SECRET}", planted()["robot secret, variable"]).Replace(good)
	good = "defaults: {group_window: 0s}\n" + good
	require.NoError(t, os.WriteFile(config, []byte(good), 0o600))
	var said lines
	tell := func(options []string, args ...string) {
		code, line := s.tell(options, args...)
		_, _ = fmt.Fprintln(&said, code, line)
	}

	t.Run("providers that refuse, and repeat what they hear", func(*testing.T) {
		for i, mode := range []string{"", "code", "status", "page", "redirect", "truncated"} {
			g.mode.Store(mode)
			for j, to := range []string{"good", "wrong", "proxied", "nobody", "literal/chat:oc_none"} {
				tell([]string{"--wait=1s"}, to, "s", problemOf(100*i+j+1, "Gossip"+mode))
			}
		}
		g.mode.Store("")
	})
	require.Len(t, s.cores(), 1)
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", s.cores()[0]))
	require.NoError(t, err)
	cmdlines := string(raw)
	require.Contains(t, cmdlines, "yunluo")
	t.Run("a core that dies, and files that are not right", func(t *testing.T) {
		for _, pid := range s.cores() {
			require.NoError(t, syscall.Kill(pid, syscall.SIGQUIT), "the core shows all of its stacks")
		}
		eventually(t, patience, "the core ends", func() bool { return len(s.cores()) == 0 })
		secret := planted()["app secret, before a reload"]
		for _, bad := range []string{
			"accounts: {a: {type: feishu_app, app_id: cli_x, app_secret: [" + secret + "]}}",
			"accounts:\n  a:\n   type: feishu_app\n   app_secret: \"" + secret + "\n  - x",
			"accounts: {a: {type: feishu_app, app_id: cli_x, app_secret_file: '" + secret + "'}}",
			"accounts: {a: {type: feishu_app, app_id: cli_x, app_secret: '" + secret + "', base_url: 'http://x:" + secret + "@h/'}}",
		} {
			require.NoError(t, os.WriteFile(config, []byte(bad), 0o600))
			tell(nil, "good", "s", "m")
			tell([]string{"--launch", "--lang=en"}, "good", "s", "m")
		}
		require.NoError(t, os.WriteFile(config, []byte(good), 0o600))
		tell([]string{"--launch", "--wait=2s"}, "good", "s", problemOf(9000, "Launched"))
	})
	t.Run("install and check, and an API that repeats what it hears", func(t *testing.T) {
		api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if strings.Contains(string(body), "apiinfo.version") {
				_, _ = io.WriteString(w, `{"jsonrpc":"2.0","result":"6.0.14","id":1}`)
				return
			}
			_, _ = fmt.Fprintf(w, `{"jsonrpc":"2.0","error":{"code":-32602,"message":"Invalid params.","data":%s},"id":1}`, strconv.Quote(string(body)))
		}))
		defer api.Close()
		token, source := filepath.Join(s.dir, "api-token"), filepath.Join(s.dir, "webhook-token")
		require.NoError(t, os.WriteFile(token, []byte(apiToken+"\n"), 0o600))
		require.NoError(t, os.WriteFile(source, []byte(sourceToken+"\n"), 0o600))
		for _, args := range [][]string{
			{"install", "--way", "webhook", "--yunluo-token-file", source, "--yunluo-url", "http://127.0.0.1:9095"},
			{"check", "--scripts", s.dir},
			{"install", "--token-file", s.dir},
		} {
			code, out, errs := run(t, nil, append([]string{"zabbix", args[0], "--url", api.URL, "--token-file", token}, args[1:]...)...)
			require.NotZero(t, code)
			_, _ = fmt.Fprintln(&said, out, errs)
		}
	})

	require.Contains(t, said.String(), "you said", "what a provider says is shown, but for the secrets in it")
	require.Contains(t, said.String(), "Invalid params")
	found := h.in("what Zabbix keeps", []byte(said.String()))
	found = append(found, h.in("the core's command line", []byte(cmdlines))...)
	searched, more := h.inFiles(t, filepath.Join(s.dir, "d"))
	require.Greater(t, searched, 2, "the store and the core's log")
	log, err := filepath.Glob(filepath.Join(s.dir, "d", "*.log"))
	require.NoError(t, err)
	require.NotEmpty(t, log)
	found = append(found, more...)
	require.Empty(t, found, strings.Join(found, "\n"))
}
