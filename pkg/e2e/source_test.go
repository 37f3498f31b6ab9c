package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
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

// alertmanager is a running Alertmanager.
type alertmanager struct {
	*process
	t   testing.TB
	url string
}

// startAlertmanager runs a real Alertmanager with a configuration, without a cluster, until the test ends.
func startAlertmanager(t testing.TB, path, config string) *alertmanager {
	t.Helper()
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		require.FailNow(t, "there is no Alertmanager", "%s is missing: `go tool mage test` installs it", path)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "alertmanager.yml")
	require.NoError(t, os.WriteFile(file, []byte(config), 0o600))
	address := freePort(t)
	a := &alertmanager{t: t, url: "http://" + address}
	a.process = start(t, nil, path, "--config.file="+file, "--storage.path="+filepath.Join(dir, "data"), "--cluster.listen-address=",
		"--web.listen-address="+address, "--web.external-url="+a.url)
	eventually(t, patience, "Alertmanager is ready", func() bool {
		status, _ := get(t, a.url+"/-/ready")
		return status == http.StatusOK
	})
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
func (a *alertmanager) send(alerts ...prometheusAlert) {
	a.t.Helper()
	status, answer := a.try(alerts...)
	require.Equal(a.t, http.StatusOK, status, answer)
}

func (a *alertmanager) try(alerts ...prometheusAlert) (int, string) {
	a.t.Helper()
	raw, err := json.Marshal(alerts)
	require.NoError(a.t, err)
	return post(a.t, &http.Client{Timeout: patience}, a.url+"/api/v2/alerts", raw)
}

// get reads a page.
func get(t testing.TB, url string, header ...string) (int, string) {
	t.Helper()
	return ask(t, http.MethodGet, url, nil, header...)
}

// look is a message as people see it.
type look struct {
	stage.Message
	sender.Preview
	text string
}

// looks draws the messages of a provider whose content has a text, in the order of their arrival.
func (b *box) looks(t testing.TB, providerName, text string) []look {
	t.Helper()
	var found []look
	for _, m := range b.messages(t, "provider="+providerName) {
		l := drawn(t, m)
		if strings.Contains(l.text, text) {
			found = append(found, l)
		}
	}
	return found
}

func drawn(t testing.TB, m stage.Message) look {
	t.Helper()
	p, err := preview(m.Type, m.Content)
	require.NoError(t, err)
	l := look{Message: m, Preview: p, text: p.Title}
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
	for _, m := range l.Message.Mentions {
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
func (b *box) refusals(t testing.TB) []string {
	t.Helper()
	refused := []string{}
	for _, c := range b.figures(t).Calls {
		if c.Outcome != "0" && !strings.HasPrefix(c.Outcome, "fault:") {
			refused = append(refused, fmt.Sprintf("%s %s: %s ×%d", c.Provider, c.Endpoint, c.Outcome, c.Count))
		}
	}
	return refused
}
