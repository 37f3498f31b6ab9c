package e2e

import (
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

func TestDemoOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	code, out, errs := run(t, nil, "demo", "--once", "--dir", dir, "--listen", "127.0.0.1:0", "--sandbox", "127.0.0.1:0")
	require.Equal(t, 0, code, out+errs)
	require.Contains(t, out, "200 OK")
	code, out, errs = run(t, nil, "check", filepath.Join(dir, "yunluo.yaml"))
	require.Equal(t, 0, code, out+errs)
}

// TestAStrangersJourney does what the README tells a newcomer to do.
func TestAStrangersJourney(t *testing.T) { //nolint:tparallel // its subtests build on one another
	t.Parallel()
	dir := t.TempDir()
	demo := start(t, []string{"LC_ALL=zh_CN.UTF-8"}, binary, "demo", "--dir", dir, "--listen", "127.0.0.1:0", "--sandbox", "127.0.0.1:0")
	eventually(t, patience, "the demo says how to go on", func() bool { return strings.Contains(demo.out.String(), "Ctrl-C") })
	said := demo.out.String()
	inbox := first(t, said, `看收件箱：\s+(http://\S+)/`)
	receiver := first(t, said, `curl -X POST (http://\S+)/api/`)
	socket := first(t, said, `yunluo history --core (\S+)`)
	b := &box{process: demo, url: inbox}
	yunluo := func(args ...string) (int, string, string) {
		t.Helper()
		return run(t, nil, append(args, "--core", socket)...)
	}
	deliveries := func(args ...string) (list []core.Delivery) {
		t.Helper()
		code, out, errs := yunluo(append([]string{"history", "--json"}, args...)...)
		require.Equal(t, 0, code, errs)
		for in := json.NewDecoder(strings.NewReader(out)); in.More(); {
			var d core.Delivery
			require.NoError(t, in.Decode(&d))
			list = append(list, d)
		}
		return list
	}

	t.Run("the inbox shows the card, the call and the mention", func(t *testing.T) {
		eventually(t, patience, "李雷 is called", func() bool { return b.figures(t).Urgents["phone"] == 1 })
		status, page := get(t, inbox+"/?c=oc_demo&lang=zh")
		require.Equal(t, http.StatusOK, status)
		for _, s := range []string{"[严重] HighLatency", "加急", "李雷", "支付告警群"} {
			require.Contains(t, page, s)
		}
		status, page = get(t, inbox+"/?c=robot:钉钉运维群")
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, page, "[严重] HighLatency")
		require.Regexp(t, `class="at [^"]*"[^>]*>@?[^<]*(李雷|13800000001)`, page)
		screenshot(t, inbox+"/?c=oc_demo&lang=zh", "inbox-feishu.png")
		screenshot(t, inbox+"/?c=robot:%E9%92%89%E9%92%89%E8%BF%90%E7%BB%B4%E7%BE%A4&lang=zh", "inbox-dingtalk.png")
	})
	t.Run("send reaches both, and history knows", func(t *testing.T) {
		code, out, errs := yunluo("send", "demo", "--title", "db-1 磁盘满了", "--severity", "high", "--wait", "30s")
		require.Equal(t, 0, code, out+errs)
		eventually(t, patience, "both have it", func() bool { return len(deliveries("--search", "磁盘满了", "--state", "delivered")) >= 2 })
		code, out, errs = yunluo("send", "demo", "--title", "db-1 磁盘满了", "--severity", "high", "--status", "resolved", "--wait", "30s")
		require.Equal(t, 0, code, out+errs)
		eventually(t, patience, "the card is green", func() bool {
			cards := b.looks(t, "feishu", "磁盘满了")
			return len(cards) == 1 && cards[0].color == "green"
		})
	})
	t.Run("what failed for good says why, and is sent again by hand", func(t *testing.T) {
		b.faults(t, stage.Fault{Kind: stage.FaultCode, Provider: "dingtalk", Code: "400102", Text: "机器人已停用"})
		code, out, errs := yunluo("send", "demo", "--title", "resend me", "--wait", "30s")
		require.Contains(t, []int{0, 5}, code, out+errs)
		var failed []core.Delivery
		eventually(t, patience, "DingTalk refused", func() bool {
			failed = deliveries("--search", "resend me", "--state", "failed")
			return len(failed) == 1
		})
		require.Equal(t, "400102", failed[0].Code)
		require.Contains(t, failed[0].Text, "机器人已停用")
		require.NotEmpty(t, failed[0].Hint.EN)
		b.faults(t)
		code, out, errs = yunluo("resend", failed[0].ID)
		require.Equal(t, 0, code, out+errs)
		eventually(t, patience, "DingTalk has it", func() bool { return len(b.looks(t, "dingtalk", "resend me")) == 1 })
		code, out, _ = yunluo("resend", "no-such-delivery")
		require.Equal(t, 2, code, out)
	})
	t.Run("probe tells good credentials from bad ones", func(t *testing.T) {
		code, out, errs := yunluo("probe")
		require.Equal(t, 0, code, out+errs)
		require.Contains(t, out, "feishu-demo")
		require.Contains(t, out, "dingtalk-demo")
		good, err := os.ReadFile(filepath.Join(dir, "yunluo.yaml"))
		require.NoError(t, err)
		wrong := filepath.Join(t.TempDir(), "wrong.yaml")
		require.NoError(t, os.WriteFile(wrong, []byte(strings.Replace(string(good), "app_secret: secret", "app_secret: wrong", 1)), 0o600))
		code, out, errs = run(t, nil, "probe", "feishu-demo", "--config", wrong)
		require.Equal(t, 1, code, out+errs)
		require.Contains(t, out+errs, "App Secret", "it says what a person has to do")
	})
	t.Run("a bad file is told and changes nothing", func(t *testing.T) {
		path := filepath.Join(dir, "yunluo.yaml")
		good, err := os.ReadFile(path)
		require.NoError(t, err)
		bad := strings.NewReplacer("contact_points:", "contact_point:", "type: dingtalk_robot", "type: dingtalk_robots").Replace(string(good))
		require.NoError(t, os.WriteFile(path, []byte(bad), 0o600))
		code, out, errs := run(t, nil, "check", path)
		require.Equal(t, 3, code, out+errs)
		for _, s := range []string{"contact_points", "dingtalk_robot", "yunluo.yaml:"} {
			require.Contains(t, out+errs, s)
		}
		a := ask(t, http.MethodPost, receiver+"/-/reload", nil)
		require.Equal(t, http.StatusUnprocessableEntity, a.status, a.body)
		require.Contains(t, a.body, "contact_points")
		a = ask(t, http.MethodPost, receiver+"/api/v1/alerts/demo", []byte(`{"title":"still the old file"}`))
		require.Equal(t, http.StatusAccepted, a.status, a.body)
		require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(good), "name: demo", "name: renamed", 1)), 0o600))
		a = ask(t, http.MethodPost, receiver+"/-/reload", nil)
		require.Equal(t, http.StatusOK, a.status, a.body)
		a = ask(t, http.MethodPost, receiver+"/api/v1/alerts/renamed", []byte(`{"title":"the new file"}`))
		require.Equal(t, http.StatusAccepted, a.status, a.body)
		for _, title := range []string{"still the old file", "the new file"} {
			eventually(t, patience, "both have it", func() bool {
				return len(b.looks(t, "feishu", title)) == 1 && len(b.looks(t, "dingtalk", title)) == 1
			})
		}
	})
	demo.stop(t)
	require.Equal(t, 0, demo.cmd.ProcessState.ExitCode(), "a demo that is ended ends well")
}

// first is what a pattern's group matches.
func first(tb testing.TB, text, pattern string) string {
	tb.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	require.Len(tb, m, 2, "%s in %s", pattern, text)
	return m[1]
}

// screenshot looks at a page with a real browser and asks that something is on it. The picture is kept in $YUNLUO_ARTIFACTS.
func screenshot(t *testing.T, url, name string) {
	t.Helper()
	const browser = "/usr/bin/chromium"
	_, err := os.Stat(browser)
	require.NoError(t, err, "there is no chromium: `go tool mage test` installs it")
	dir := t.TempDir()
	path := filepath.Join(dir, name)
	cmd := exec.CommandContext(t.Context(), browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--window-size=1280,1000", "--screenshot="+path, url)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	f, err := os.Open(path)
	require.NoError(t, err, string(out))
	defer f.Close()
	picture, err := png.Decode(f)
	require.NoError(t, err)
	require.Equal(t, image.Pt(1280, 1000), picture.Bounds().Size())
	require.Greater(t, colors(picture), 64, "the picture is nearly empty")
	artifacts := os.Getenv("YUNLUO_ARTIFACTS")
	if artifacts == "" {
		return
	}
	require.NoError(t, os.MkdirAll(artifacts, 0o755))
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(artifacts, name), raw, 0o644))
}

func colors(picture image.Image) int {
	seen := map[[3]uint32]bool{}
	size := picture.Bounds().Size()
	for y := range size.Y {
		for x := range size.X {
			r, g, b, _ := picture.At(x, y).RGBA()
			seen[[3]uint32{r, g, b}] = true
		}
	}
	return len(seen)
}

// TestTwoHostsShareACore kills one of two receivers that are attached to one core, and lets the other go.
func TestTwoHostsShareACore(t *testing.T) {
	t.Parallel()
	b, dir := startBox(t, stage.ModeFull), t.TempDir()
	config, socket := filepath.Join(dir, "yunluo.yaml"), filepath.Join(dir, "s", "core.sock")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, plainYunluo, b.url), 0o600))
	c := start(t, nil, binary, "core", "--config", config, "--store", filepath.Join(dir, "store"), "--socket", socket)
	eventually(t, patience, "the core serves hosts", func() bool { return strings.Contains(c.out.String(), "core serves hosts") })
	host := func() *daemon {
		address := freePort(t)
		d := &daemon{t: t, url: "http://" + address, dir: dir, program: binary, args: []string{"serve", "--config", config, "--listen", address, "--core", socket}}
		d.run()
		return d
	}
	one, two := host(), host()
	send := func(d *daemon, name string) {
		t.Helper()
		a := ask(t, http.MethodPost, d.url+"/api/v1/alertmanager/quiet?wait=30s", notification(name))
		require.Equal(t, http.StatusOK, a.status, a.body)
	}
	send(one, "FromOne")
	send(two, "FromTwo")
	one.kill()
	send(two, "AfterTheKill")
	three := host()
	send(three, "FromANewcomer")
	three.stop(t)
	require.Equal(t, 0, three.cmd.ProcessState.ExitCode())
	send(two, "AfterTheLeaving")
	require.NoError(t, syscall.Kill(c.cmd.Process.Pid, 0), "the core stands")
	for _, name := range []string{"FromOne", "FromTwo", "AfterTheKill", "FromANewcomer", "AfterTheLeaving"} {
		require.Len(t, b.looks(t, "feishu", name), 1)
	}
	// Without a core the hosts refuse, and say that it is the core that is missing.
	c.stop(t)
	eventually(t, patience, "the host misses its core", func() bool {
		a := ask(t, http.MethodPost, two.url+"/api/v1/alertmanager/quiet", notification("Lost"), "Accept-Language", "en")
		return a.status == http.StatusServiceUnavailable && strings.Contains(a.body, "core") && a.header.Get("Retry-After") != ""
	})
}

// TestAGracefulStopKeepsWhatItAccepted ends a daemon by SIGTERM while requests wait for an outcome.
func TestAGracefulStopKeepsWhatItAccepted(t *testing.T) {
	t.Parallel()
	b := startBox(t, stage.ModeFull)
	d := serve(t, t.TempDir(), fmt.Sprintf(plainYunluo, b.url))
	b.faults(t, stage.Fault{Kind: stage.FaultStatus, Status: 503})
	answers := make(chan answer, 4)
	for i := range cap(answers) {
		go func() {
			status, body := post(t, &http.Client{}, d.url+"/api/v1/alertmanager/quiet?wait=2s", notification(fmt.Sprintf("Stop%d", i))) //nolint:testifylint // only a malformed URL would fail there
			answers <- answer{status: status, body: body}
		}()
	}
	eventually(t, patience, "all are stored", func() bool { return len(d.history("--state", "waiting")) == cap(answers) })
	began := time.Now()
	d.stop(t)
	require.Less(t, time.Since(began), 25*time.Second)
	require.Equal(t, 0, d.cmd.ProcessState.ExitCode())
	for range cap(answers) {
		a := <-answers
		require.Equal(t, http.StatusAccepted, a.status, a.body)
	}
	b.faults(t)
	d.run()
	for i := range cap(answers) {
		eventually(t, patience, "what was accepted arrives", func() bool { return len(b.looks(t, "feishu", fmt.Sprintf("Stop%d", i))) == 1 })
	}
}
