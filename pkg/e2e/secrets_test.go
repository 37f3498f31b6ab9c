package e2e

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

// planted are the secrets of one run, by what they are. Each has characters that URLs and base64 write otherwise.
func planted() map[string]string {
	return map[string]string{
		"app secret, literal":          "Fs+Literal/9f2cQ7vK1=aa",
		"app secret, file":             "Fs+File/Zk83hQpLw2=bb",
		"app secret, variable":         "Fs+Variable/Tt51mXeYc=cc",
		"app secret, wrong":            "Fs+Wrong/Ru77yBnGd4=dd",
		"app secret, before a reload":  "Fs+Reload/Pq12zWsXe9=ee",
		"app secret, proxied":          "Fs+Proxied/Mn32bVcXz1=ll",
		"robot token, proxied":         "dt0proxied1029384756afbecd1029384756afbecd",
		"robot token, literal":         "dt0literal0a1b2c3d4e5f60718293a4b5c6d7e8f9",
		"robot token, file":            "dt0file0ffeeddccbbaa99887766554433221100aa",
		"robot token, wrong":           "dt0wrong00112233445566778899aabbccddeeff00",
		"robot secret, literal":        "SEC0literal5a5b5c5d5e5f606162636465666768",
		"robot secret, variable":       "SEC0variable7a7b7c7d7e7f808182838485868788",
		"robot secret, wrong":          "SEC0wrong9a9b9c9d9e9fa0a1a2a3a4a5a6a7a8aa",
		"source token, literal":        "Src+Literal/Vb64nMkIo8=ff",
		"source token, file":           "Src+File/Hj35cDfRt6=gg",
		"source password":              "Pw+Basic/Lo98iKuJy7=hh",
		"source hmac secret":           "Hm+Secret/Xs23eDcRf4=ii",
		"proxy password":               "PxPassword5tGb6YhN7uJm",
		"source token that was tried":  "Src+Guess/Az19sXdCf5=jj",
		"secret in a file of nonsense": "Fs+Nonsense/Ol90pKiJu8=kk",
	}
}

// hidden adds what an issuing provider told only to Yunluo, and searches for all of it.
type hidden struct {
	mu      sync.Mutex
	secrets map[string]string
}

func (h *hidden) add(what, secret string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.secrets[what] = secret
}

// traces are the ways in which a secret may be written.
func traces(secret string) map[string]string {
	asJSON, err := json.Marshal(secret)
	if err != nil {
		return nil
	}
	all := map[string]string{
		"plain": secret, "URL-escaped, query": url.QueryEscape(secret), "URL-escaped, path": url.PathEscape(secret),
		"JSON": strings.Trim(string(asJSON), `"`), "hex": hex.EncodeToString([]byte(secret)), "quoted": strings.Trim(strconv.Quote(secret), `"`),
	}
	for name, enc := range map[string]*base64.Encoding{"std": base64.RawStdEncoding, "url": base64.RawURLEncoding} {
		for shift := range 3 {
			// Characters that also depend on what stands before and after the secret are cut off.
			text := enc.EncodeToString(append(make([]byte, shift), secret...))
			from, to := (shift*8+5)/6, (shift+len(secret))*8/6
			all[fmt.Sprintf("base64 %s, %d bytes on", name, shift)] = text[from:to]
		}
	}
	return all
}

// in names the secrets that a text shows, and how.
func (h *hidden) in(where string, text []byte) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var found []string
	for what, secret := range h.secrets {
		for how, trace := range traces(secret) {
			if at := bytes.Index(text, []byte(trace)); at >= 0 {
				found = append(found, fmt.Sprintf("%s, %s, in %s: …%q…", what, how, where, text[max(0, at-120):min(len(text), at+len(trace)+40)]))
			}
		}
	}
	slices.Sort(found)
	return found
}

// TestTheSearchFindsWhatIsPlanted proves that a secret would be found, however it is written.
func TestTheSearchFindsWhatIsPlanted(t *testing.T) {
	t.Parallel()
	for what, secret := range planted() {
		h := &hidden{secrets: map[string]string{what: secret}}
		for name, text := range map[string]string{
			"plain": "x" + secret + "y", "query": "a=" + url.QueryEscape(secret) + "&b", "path": "/" + url.PathEscape(secret),
			"basic":    base64.StdEncoding.EncodeToString([]byte("grafana:" + secret)),
			"basic 1":  base64.StdEncoding.EncodeToString([]byte("u:" + secret)),
			"basic 2":  base64.URLEncoding.EncodeToString([]byte("us:" + secret + "!!")),
			"hex":      hex.EncodeToString([]byte(secret)),
			"in a log": fmt.Sprintf("level=DEBUG body=%q", `{"app_secret":"`+secret+`"}`),
		} {
			path := filepath.Join(t.TempDir(), "scratch")
			require.NoError(t, os.WriteFile(path, []byte("harmless "+text+" harmless"), 0o600))
			raw, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NotEmpty(t, h.in(path, raw), "%s, %s: %s", what, name, text)
			require.Empty(t, h.in(path, []byte("harmless")))
		}
	}
}

// gossip stands between Yunluo and the sandbox: it notes the access tokens, and can answer with everything it was told.
type gossip struct {
	*httptest.Server
	mode atomic.Value
}

func newGossip(t *testing.T, sandbox string, h *hidden) *gossip {
	t.Helper()
	to, err := url.Parse(sandbox)
	require.NoError(t, err)
	issued := 0
	forward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ModifyResponse: func(res *http.Response) error {
			if !strings.Contains(res.Request.URL.Path, "tenant_access_token") {
				return nil
			}
			body, err := io.ReadAll(res.Body)
			if err != nil {
				return err
			}
			var told struct {
				Token string `json:"tenant_access_token"`
			}
			if json.Unmarshal(body, &told) == nil && told.Token != "" {
				issued++
				h.add("access token "+strconv.Itoa(issued), told.Token)
			}
			res.Body = io.NopCloser(bytes.NewReader(body))
			return nil
		},
	}
	g := &gossip{}
	g.mode.Store("")
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mode, _ := g.mode.Load().(string)
		if mode == "" {
			forward.ServeHTTP(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		var words struct {
			Secret string `json:"app_secret"`
		}
		_ = json.Unmarshal(body, &words) // other requests have no such field
		heard := strings.Join([]string{r.URL.String(), r.URL.Query().Get("access_token"), r.Header.Get("Authorization"), words.Secret}, " ")
		switch mode {
		case "code":
			quoted, _ := json.Marshal("you said " + heard)
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `{"code":10014,"msg":%[1]s,"errcode":310000,"errmsg":%[1]s}`, quoted)
		case "status":
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, heard)
		case "page":
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html><title>"+heard+"</title><body>"+heard+"</body></html>")
		case "redirect":
			http.Redirect(w, r, "/elsewhere?"+url.Values{"heard": {heard}}.Encode(), http.StatusFound)
		case "truncated":
			w.Header().Set("Content-Length", "4096")
			_, _ = io.WriteString(w, `{"code":0,"msg":"`+heard)
		}
	}))
	t.Cleanup(g.Close)
	return g
}

// secretive is a configuration with every way of writing a secret; %[1]s is the gossip, %[2]s a proxy that is down.
const secretive = `
accounts:
  literal: {type: feishu_app, app_id: cli_literal, app_secret: "Fs+Literal/9f2cQ7vK1=aa", base_url: '%[1]s', limits: none}
  file: {type: feishu_app, app_id: cli_file, app_secret_file: app_secret, base_url: '%[1]s', limits: none}
  variable: {type: feishu_app, app_id: cli_variable, app_secret: "${E2E_APP_SECRET}", base_url: '%[1]s', limits: none}
  wrong: {type: feishu_app, app_id: cli_literal, app_secret: "Fs+Wrong/Ru77yBnGd4=dd", base_url: '%[1]s'}
  proxied: {type: feishu_app, app_id: cli_proxied, app_secret: "Fs+Proxied/Mn32bVcXz1=ll", base_url: '%[1]s', proxy: 'http://yunluo:PxPassword5tGb6YhN7uJm@%[2]s'}
  robot: {type: dingtalk_robot, access_token: dt0literal0a1b2c3d4e5f60718293a4b5c6d7e8f9, secret: SEC0literal5a5b5c5d5e5f606162636465666768, base_url: '%[1]s', limits: none}
  robot-file: {type: dingtalk_robot, access_token_file: robot_token, secret: "${E2E_ROBOT_SECRET}", base_url: '%[1]s', limits: none}
  robot-wrong: {type: dingtalk_robot, access_token: dt0wrong00112233445566778899aabbccddeeff00, secret: SEC0wrong9a9b9c9d9e9fa0a1a2a3a4a5a6a7a8aa, base_url: '%[1]s'}
  robot-proxied: {type: dingtalk_robot, access_token: dt0proxied1029384756afbecd1029384756afbecd, base_url: '%[1]s', proxy: 'http://yunluo:PxPassword5tGb6YhN7uJm@%[2]s'}
people:
  - {name: lilei, title: 李雷, email: lilei@example.com, mobile: "13800000001"}
sources:
  - {name: alertmanager, token: "Src+Literal/Vb64nMkIo8=ff"}
  - {name: second, token_file: source_token}
  - {name: grafana, username: grafana, password: "Pw+Basic/Lo98iKuJy7=hh", hmac_secret: "Hm+Secret/Xs23eDcRf4=ii"}
contact_points:
  - name: good
    steps:
      - notify:
          - {account: literal, to: ["chat:oc_bench0"], mention: ["person:lilei"], urgent: {critical: phone}}
          - {account: file, to: ["chat:oc_bench1"]}
          - {account: variable, to: ["chat:oc_bench2"]}
          - {account: robot, mention: ["person:lilei"]}
          - {account: robot-file}
  - {name: wrong, steps: [{notify: [{account: wrong, to: ["chat:oc_bench0"]}, {account: robot-wrong}]}]}
  - {name: proxied, steps: [{notify: [{account: proxied, to: ["chat:oc_bench0"]}, {account: robot-proxied}]}]}
`

// plant makes the sandbox know the secrets that are right.
func (b *box) plant(tb testing.TB) {
	tb.Helper()
	b.send(tb, http.MethodPost, "world", map[string]any{
		"apps": []stage.App{
			{ID: "cli_literal", Secret: planted()["app secret, literal"], Name: "a", QuotaSMS: -1, QuotaPhone: -1},
			{ID: "cli_file", Secret: planted()["app secret, file"], Name: "b", QuotaSMS: -1, QuotaPhone: -1},
			{ID: "cli_variable", Secret: planted()["app secret, variable"], Name: "c", QuotaSMS: -1, QuotaPhone: -1},
		},
		"robots": []stage.Robot{
			{Token: planted()["robot token, literal"], Secret: planted()["robot secret, literal"], Group: "g1", Members: []string{"li_lei"}},
			{Token: planted()["robot token, file"], Secret: planted()["robot secret, variable"], Group: "g2"},
		},
	})
}

// spied collects everything that a run shows to anybody.
type spied struct {
	*daemon
	answers lines
}

func (s *spied) ask(tb testing.TB, method, path string, body []byte, header ...string) answer {
	tb.Helper()
	a := ask(tb, method, s.url+path, body, header...)
	_, _ = fmt.Fprintln(&s.answers, a.status, a.header, a.body)
	return a
}

func (s *spied) say(_ int, out, err string) { _, _ = fmt.Fprintln(&s.answers, out, err) }

func TestNoSecretIsShownAnywhere(t *testing.T) { //nolint:tparallel // its subtests build on one another
	t.Parallel()
	h := &hidden{secrets: planted()}
	b := startBox(t, stage.ModeFull)
	b.plant(t)
	g := newGossip(t, b.url, h)
	dir := t.TempDir()
	for name, what := range map[string]string{"app_secret": "app secret, file", "robot_token": "robot token, file", "source_token": "source token, file"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(planted()[what]+"\n"), 0o600))
	}
	s := &spied{daemon: prepare(t, dir, fmt.Sprintf(secretive, g.URL, freePort(t)), "--log-level", "debug")}
	s.env = []string{
		"E2E_APP_SECRET=" + planted()["app secret, variable"], "E2E_ROBOT_SECRET=" + planted()["robot secret, variable"],
		"GRPC_GO_LOG_SEVERITY_LEVEL=info", "GRPC_GO_LOG_VERBOSITY_LEVEL=99", "GODEBUG=http2debug=2",
	}
	s.run()
	bearer := []string{"Authorization", "Bearer " + planted()["source token, literal"]}
	const am, grafana = "/api/v1/alertmanager/", "/api/v1/grafana/"

	t.Run("all goes well", func(t *testing.T) {
		for i, header := range [][]string{
			bearer,
			{"Authorization", "Bearer " + planted()["source token, file"]},
			{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("grafana:"+planted()["source password"]))},
		} {
			a := s.ask(t, http.MethodPost, am+"good?wait=30s", critical(fmt.Sprintf("Well%d", i)), header...)
			require.Equal(t, http.StatusOK, a.status, a.body)
		}
		body, err := os.ReadFile("../source/grafana/testdata/grafana_12.4_firing.body.json")
		require.NoError(t, err)
		at := strconv.FormatInt(time.Now().Unix(), 10)
		a := s.ask(t, http.MethodPost, grafana+"good?wait=30s", body, "X-Grafana-Alerting-Signature", signed(at, body), "X-Grafana-Alerting-Timestamp", at)
		require.Equal(t, http.StatusOK, a.status, a.body)
		eventually(t, patience, "everybody has everything", func() bool { return b.figures(t).Messages >= 5*4 })
		require.EqualValues(t, 5*4, b.figures(t).Messages, b.figures(t))
		eventually(t, patience, "李雷 is called about each", func() bool { return b.figures(t).Urgents["phone"] == 4 })
		require.Contains(t, h.names(), "access token 3", "three apps have got their tokens")
		s.say(s.command("probe"))
	})
	t.Run("callers without the right credential", func(t *testing.T) {
		for _, header := range [][]string{
			{"Authorization", "Bearer " + planted()["source token that was tried"]},
			{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("grafana:"+planted()["source token that was tried"]))},
			{"X-Grafana-Alerting-Signature", planted()["source token that was tried"]},
		} {
			a := s.ask(t, http.MethodPost, am+"good", critical("Stranger"), header...)
			require.Equal(t, http.StatusUnauthorized, a.status, a.body)
		}
		s.ask(t, http.MethodPost, am+"good?token="+url.QueryEscape(planted()["source token that was tried"]), critical("Stranger"), bearer...)
	})
	t.Run("wrong credentials, a proxy that is down, a provider that repeats what it hears", func(t *testing.T) {
		a := s.ask(t, http.MethodPost, am+"wrong?wait=10s", critical("Wrong"), bearer...)
		require.Equal(t, http.StatusUnprocessableEntity, a.status, a.body)
		s.ask(t, http.MethodPost, am+"proxied?wait=2s", critical("Proxied"), bearer...)
		s.say(s.command("probe"))
		for _, mode := range []string{"code", "status", "page", "redirect", "truncated"} {
			g.mode.Store(mode)
			s.ask(t, http.MethodPost, am+"good?wait=2s", critical("Gossip"+mode), bearer...)
			s.ask(t, http.MethodPost, am+"wrong?wait=2s", critical("Gossip"+mode), bearer...)
			s.say(s.command("probe"))
		}
		g.mode.Store("")
		for _, f := range []stage.Fault{{Kind: stage.FaultExpired, Times: 3}, {Kind: stage.FaultHTML, Times: 3}, {Kind: stage.FaultTruncated, Times: 2}} {
			b.faults(t, f)
			s.ask(t, http.MethodPost, am+"good?wait=5s", critical("Fault"+string(f.Kind)), bearer...)
		}
		b.faults(t)
	})
	t.Run("files that are not right", func(t *testing.T) { s.badFiles(t, bearer) })
	t.Run("crashes", func(t *testing.T) {
		first := s.core()
		require.NoError(t, syscall.Kill(first, syscall.SIGQUIT), "the core shows all of its stacks")
		eventually(t, patience, "a new core took over", func() bool { pid := s.core(); return pid != 0 && pid != first })
		eventually(t, patience, "it takes alerts", func() bool {
			return s.ask(t, http.MethodPost, am+"good?wait=2s", critical("AfterQuit"), bearer...).status < 300
		})
		require.NoError(t, syscall.Kill(s.core(), syscall.SIGKILL))
		eventually(t, patience, "it takes alerts again", func() bool {
			return s.ask(t, http.MethodPost, am+"good?wait=2s", critical("AfterKill"), bearer...).status < 300
		})
		require.Contains(t, s.out.String(), "goroutine 1", "the stacks are in the log")
	})

	s.ask(t, http.MethodGet, "/metrics", nil)
	s.ask(t, http.MethodGet, "/readyz", nil, "Accept", "application/json")
	for _, args := range [][]string{{"history", "--json", "--limit", "1000"}, {"history"}, {"render", "good"}, {"render", "good", "--content"}} {
		s.say(s.command(args[0], args[1:]...))
	}
	require.Contains(t, s.answers.String(), "you said", "what a provider says is shown to people, but for the secrets in it")
	found := h.in("answers", []byte(s.answers.String()))
	for _, pid := range []int{s.cmd.Process.Pid, s.core()} {
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		require.NoError(t, err)
		require.Contains(t, string(line), "yunluo")
		found = append(found, h.in("the command line of "+strconv.Itoa(pid), line)...)
	}
	// The write-ahead log is searched while it is in use, and what is left at the end as well.
	searched, more := h.inFiles(t, filepath.Join(dir, "store"))
	require.Greater(t, searched, 1, "the write-ahead log was there to be searched")
	found = append(found, more...)
	s.stop(t)
	_, more = h.inFiles(t, filepath.Join(dir, "store"))
	found = append(found, more...)
	log := s.out.String()
	for _, sign := range []string{"level=DEBUG", "grpc"} {
		require.Contains(t, strings.ReplaceAll(log, "[core]", "grpc"), sign, "the log is as talkative as we asked for")
	}
	found = append(found, h.in("the log", []byte(log))...)
	require.Empty(t, found, strings.Join(found, "\n"))
}

// badFiles puts secrets where they do not belong and asks for the faults, by reload, by hangup and by check.
func (s *spied) badFiles(t *testing.T, bearer []string) {
	t.Helper()
	good, err := os.ReadFile(s.config)
	require.NoError(t, err)
	secret, nonsense := planted()["app secret, before a reload"], planted()["secret in a file of nonsense"]
	for _, bad := range []string{
		"accounts: {a: {type: feishu_app, app_id: cli_x, app_secret: [" + secret + "]}}",
		"accounts: {a: {type: feishu_app, app_id: cli_x, app_secret: {" + secret + ": x}}}",
		"accounts:\n  a:\n   type: feishu_app\n   app_secret: \"" + secret + "\n  - x",
		"accounts: {a: {type: feishu_app, app_id: cli_x, app_secrett: '" + secret + "'}}",
		"accounts: {a: {type: feishu_app, app_id: cli_x, app_secret_file: '" + secret + "'}}",
		"accounts: {a: {type: feishu_app, app_id: cli_x, app_secret: '" + secret + "', app_secret_file: '" + nonsense + "'}}",
		"accounts: {a: {type: feishu_app, app_id: cli_x, app_secret: '" + secret + "', proxy: 'ftp://x:" + nonsense + "@h'}}",
		"accounts: {a: {type: feishu_app, app_id: cli_x, app_secret: '" + secret + "', proxy: 'http://x:" + nonsense + "@h:port'}}",
		"accounts: {a: {type: feishu_app, app_id: cli_x, app_secret: '" + secret + "', base_url: 'http://x:" + nonsense + "@h/'}}",
		"accounts: {a: {type: dingtalk_robot, access_token: 'https://oapi.dingtalk.com/robot/send?access_token=" + secret + "', secret: 'no " + nonsense + "'}}",
		"sources: [{name: a, token: '" + secret + "'}, {name: b, token: '" + secret + "'}]",
		"sources: [{name: a, hmac_secret: 7, password: '" + secret + "'}]",
		string(good) + "\n" + string(good),
	} {
		require.NoError(t, os.WriteFile(s.config, []byte(bad), 0o600))
		a := s.ask(t, http.MethodPost, "/-/reload", nil, bearer...)
		require.Equal(t, http.StatusUnprocessableEntity, a.status, a.body)
		require.NoError(t, s.cmd.Process.Signal(syscall.SIGHUP))
		s.say(run(t, s.env, "check", s.config))
		s.say(run(t, s.env, "check", s.config, "--json"))
	}
	require.NoError(t, os.WriteFile(s.config, good, 0o600))
	a := s.ask(t, http.MethodPost, "/-/reload", nil, bearer...)
	require.Equal(t, http.StatusOK, a.status, a.body)
}

func (h *hidden) names() (all []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name := range h.secrets {
		all = append(all, name)
	}
	return all
}

func (h *hidden) inFiles(tb testing.TB, dir string) (searched int, found []string) {
	tb.Helper()
	require.NoError(tb, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		searched++
		found = append(found, h.in(entry.Name(), raw)...)
		return nil
	}))
	return searched, found
}

func signed(at string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(planted()["source hmac secret"]))
	_, _ = mac.Write([]byte(at + ":"))
	_, _ = mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// critical is a notification of the worst severity, so that people are called.
func critical(name string) []byte {
	return bytes.ReplaceAll(notification(name), []byte(`"severity":"warning"`), []byte(`"severity":"critical"`))
}
