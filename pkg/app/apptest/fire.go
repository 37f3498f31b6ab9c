package apptest

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/app/contactpoint/grafanatest"
	"github.com/yunluo-alerts/yunluo/pkg/source/grafana"
)

// Alert is what Grafana's Alertmanager is to send, by way of a contact point.
type Alert struct {
	Org int64 `json:"org"`
	// ContactPoint is Grafana's, by uid or title.
	ContactPoint string `json:"contact_point"`
	// Status is "firing", if empty, or "resolved".
	Status string `json:"status"`
	// Name is the alert's; Labels are added to the recorded ones.
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels"`
}

// Sent is what the webhook answered.
type Sent struct {
	Status int    `json:"status"`
	Body   string `json:"body"`
}

// Fire sends the recorded body of 12.4 as a stored contact point says: to its address, with its token, and signed.
func (g *Grafana) Fire(ctx context.Context, a Alert) (Sent, error) {
	o := g.org(a.Org)
	if o == nil {
		return Sent{}, fmt.Errorf("there is no organisation %d", a.Org)
	}
	settings, err := o.webhook(a.ContactPoint)
	if err != nil {
		return Sent{}, err
	}
	body, err := g.body(a)
	if err != nil {
		return Sent{}, err
	}
	word := func(in object, name string) string { s, _ := in[name].(string); return s }
	method := word(settings, "httpMethod")
	if method == "" {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(ctx, method, word(settings, "url"), bytes.NewReader(body))
	if err != nil {
		return Sent{}, fmt.Errorf("send as %s: %w", a.ContactPoint, err)
	}
	r.Header.Set("User-Agent", "Grafana")
	r.Header.Set("Content-Type", "application/json")
	if headers, ok := settings["headers"].(object); ok {
		for name := range headers {
			r.Header.Set(name, word(headers, name))
		}
	}
	if scheme := word(settings, "authorization_scheme"); scheme != "" {
		r.Header.Set("Authorization", scheme+" "+word(settings, "authorization_credentials"))
	}
	if mac, ok := settings["hmacConfig"].(object); ok {
		timestamp := strconv.FormatInt(time.Now().Unix(), 10)
		r.Header.Set(word(mac, "timestampHeader"), timestamp)
		r.Header.Set(word(mac, "header"), hex.EncodeToString(grafana.Sign(word(mac, "secret"), timestamp, body)))
	}
	client := http.Client{Timeout: 30 * time.Second}
	answer, err := client.Do(r)
	if err != nil {
		return Sent{}, fmt.Errorf("send as %s: %w", a.ContactPoint, err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	return Sent{Status: answer.StatusCode, Body: string(said)}, err
}

// webhook are the settings of a contact point, secrets included.
func (o *org) webhook(name string) (settings object, err error) {
	o.points.Change(func(l *grafanatest.Locked) {
		all := l.All()
		i := slices.IndexFunc(all, func(p *grafanatest.Point) bool { return p.UID == name || p.Title == name })
		if i < 0 {
			err = fmt.Errorf("grafana has no contact point %q", name)
			return
		}
		settings = maps.Clone(all[i].Settings)
	})
	return settings, err
}

// body is the recorded one with the alert's name and labels.
func (g *Grafana) body(a Alert) ([]byte, error) {
	status := a.Status
	if status == "" {
		status = "firing"
	}
	raw, err := os.ReadFile(filepath.Join(g.o.Root, "pkg", "source", "grafana", "testdata", "grafana_12.4_"+status+".body.json")) //nolint:gosec // the test's own
	if err != nil {
		return nil, fmt.Errorf("read the recorded body: %w", err)
	}
	var payload object
	if err := json.Unmarshal(raw, &payload); err != nil {
		return nil, fmt.Errorf("read the recorded body: %w", err)
	}
	labels := []any{payload["commonLabels"], payload["groupLabels"]}
	alerts, _ := payload["alerts"].([]any)
	for _, one := range alerts {
		if alert, ok := one.(object); ok {
			labels = append(labels, alert["labels"])
			alert["fingerprint"] = fmt.Sprintf("%016x", hash(a.Name))
			alert["startsAt"] = time.Now().UTC().Add(-time.Minute).Format(time.RFC3339)
		}
	}
	for i, one := range labels {
		set, ok := one.(object)
		if !ok {
			continue
		}
		if a.Name != "" {
			set["alertname"] = a.Name
		}
		if i != 1 { // The group is told by its name and folder.
			for name, value := range a.Labels {
				set[name] = value
			}
		}
	}
	if a.Name != "" {
		payload["groupKey"] = fmt.Sprintf("{}:{alertname=%q, grafana_folder=\"Fold One\"}", a.Name)
	}
	return json.Marshal(payload)
}

func hash(s string) (sum uint64) {
	for _, b := range []byte(s) {
		sum = sum*31 + uint64(b)
	}
	return sum
}
