package e2e

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// patience is how long a test waits for what other processes do: these tests share their machine.
const patience = 60 * time.Second

// alertmanagers are the programs to try, by version. `mage test` installs them.
func alertmanagers() map[string]string {
	home, err := os.UserHomeDir()
	if err != nil {
		home = "/root"
	}
	return map[string]string{
		"0.25":   "/usr/bin/prometheus-alertmanager",
		"0.31.1": filepath.Join(home, ".cache", "yunluo", "alertmanager-v0.31.1", "alertmanager"),
	}
}

// promSource is a running Alertmanager.
type promSource struct {
	*process
	t   testing.TB
	url string
}

// startSource runs a real Alertmanager with a configuration, without a cluster, until the test ends.
func startSource(tb testing.TB, version, config string) *promSource {
	tb.Helper()
	path := alertmanagers()[version]
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		require.FailNow(tb, "there is no Alertmanager", "%s is missing: `go tool mage test` installs it", path)
	}
	dir := tb.TempDir()
	file := filepath.Join(dir, "alertmanager.yml")
	require.NoError(tb, os.WriteFile(file, []byte(config), 0o600))
	address := freePort(tb)
	a := &promSource{t: tb, url: "http://" + address}
	a.process = start(tb, nil, path, "--config.file="+file, "--storage.path="+filepath.Join(dir, "data"), "--cluster.listen-address=",
		"--web.listen-address="+address, "--web.external-url="+a.url)
	eventually(tb, patience, "Alertmanager is ready", func() bool {
		status, _ := get(tb, a.url+"/-/ready")
		return status == http.StatusOK
	})
	if built, err := buildinfo.ReadFile(path); err != nil || built.Main.Version != "v"+version {
		_, said := get(tb, a.url+"/api/v2/status")
		require.Contains(tb, said, `"version":"`+version+`.`, "this is another Alertmanager than we meant to try")
	}
	return a
}

// prometheusAlert is an alert as Prometheus sends it.
type prometheusAlert struct {
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations,omitempty"`
	StartsAt     time.Time         `json:"startsAt,omitzero"`
	EndsAt       time.Time         `json:"endsAt,omitzero"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
}

// fires is an alert that fires, of a case of the route; more are further labels, name by name.
func fires(kind, name, severity string, more ...string) prometheusAlert {
	labels := map[string]string{"alertname": name, "case": kind, "severity": severity}
	for i := 0; i+1 < len(more); i += 2 {
		labels[more[i]] = more[i+1]
	}
	return prometheusAlert{
		Labels: labels, Annotations: map[string]string{"summary": "摘要 <at id=all></at> @所有人", "runbook_url": "https://wiki.example.com/" + kind},
		GeneratorURL: "http://prometheus.example.com/graph",
	}
}

// ends is the same alert, resolved.
func (a prometheusAlert) ends() prometheusAlert {
	a.EndsAt = time.Now().UTC()
	return a
}

// send posts alerts as Prometheus does.
func (a *promSource) send(alerts ...prometheusAlert) {
	a.t.Helper()
	status, answer := a.try(alerts...)
	require.Equal(a.t, http.StatusOK, status, answer)
}

func (a *promSource) try(alerts ...prometheusAlert) (int, string) {
	a.t.Helper()
	raw, err := json.Marshal(alerts)
	require.NoError(a.t, err)
	return post(a.t, &http.Client{Timeout: patience}, a.url+"/api/v2/alerts", raw)
}

// get reads a page.
func get(tb testing.TB, url string, header ...string) (int, string) {
	tb.Helper()
	a := ask(tb, http.MethodGet, url, nil, header...)
	return a.status, a.body
}

// answer is what a server said; the status is 0 if it said nothing, and then the body is why.
type answer struct {
	status int
	body   string
	header http.Header
}

func ask(tb testing.TB, method, url string, body []byte, header ...string) answer {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	require.NoError(tb, err)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return answer{body: err.Error()}
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{body: err.Error()}
	}
	return answer{status: res.StatusCode, body: string(text), header: res.Header}
}

// look is a message as people see it.
type look struct {
	stage.Message

	title string
	// color is the provider's name of the card's colour.
	color string
	text  string
}

// looks draws the messages of a provider whose content has a text, in the order of their arrival.
func (b *box) looks(tb testing.TB, providerName, text string) []look {
	tb.Helper()
	var found []look
	for _, m := range b.messages(tb, "provider="+providerName) {
		l := drawn(tb, m)
		if strings.Contains(l.text, text) {
			found = append(found, l)
		}
	}
	return found
}

func drawn(tb testing.TB, m stage.Message) look {
	tb.Helper()
	p, err := preview(m.Type, m.Content)
	require.NoError(tb, err)
	l := look{Message: m, title: p.Title, color: p.Color, text: p.Title}
	var walk func([]sender.Block)
	walk = func(blocks []sender.Block) {
		for _, b := range blocks {
			l.text += "\n" + b.Text
			for _, s := range b.Spans {
				l.text += s.Text
			}
			walk(b.Fields)
		}
	}
	walk(p.Blocks)
	return l
}

// notified are the names of those whom a message really notifies.
func (l look) notified() []string {
	names := []string{}
	for _, m := range l.Mentions {
		if m.Notified {
			names = append(names, m.Name)
		}
	}
	return names
}

// urged are the modes in which people were urged to read a message, with their names.
func (l look) urged() []string {
	var modes []string
	for _, u := range l.Urgents {
		modes = append(modes, u.Mode+" "+strings.Join(u.Names, ","))
	}
	return modes
}

// refusals are the calls that a sandbox refused of its own accord, not by a fault.
func (b *box) refusals(tb testing.TB) []string {
	tb.Helper()
	refused := []string{}
	for _, c := range b.figures(tb).Calls {
		if c.Outcome != "0" && !strings.HasPrefix(c.Outcome, "fault:") {
			refused = append(refused, fmt.Sprintf("%s %s: %s ×%d", c.Provider, c.Endpoint, c.Outcome, c.Count))
		}
	}
	return refused
}

// command runs a command of yunluo against the daemon's core.
func (d *daemon) command(name string, args ...string) (code int, out, err string) {
	d.t.Helper()
	return run(d.t, nil, append([]string{name, "--core", d.socket()}, args...)...)
}

func (d *daemon) socket() string { return filepath.Join(d.dir, "s", "core.sock") }

// run runs yunluo to its end, in English.
func run(tb testing.TB, env []string, args ...string) (code int, out, err string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = append(append(os.Environ(), "LC_ALL=en_US.UTF-8"), env...)
	var o, e lines
	cmd.Stdout, cmd.Stderr = &o, &e
	if fault := cmd.Run(); cmd.ProcessState == nil {
		require.NoError(tb, fault)
	}
	return cmd.ProcessState.ExitCode(), o.String(), e.String()
}
