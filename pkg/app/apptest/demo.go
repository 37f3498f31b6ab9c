package apptest

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
	"github.com/yunluo-alerts/yunluo/pkg/source/grafana"
)

// DemoWorld is a sandbox to send to.
type DemoWorld struct {
	Accounts []stage.Account
	// URL and SMTP are where it listens.
	URL, SMTP string
	// Faults switches failures on, and without any off.
	Faults func(...stage.Fault) error
}

// demoSecret signs the demo's alerts.
const demoSecret = "a-secret-of-the-demo's-contact-points"

// Demo sets the app up in the first organisation with an account of each type that the sandbox plays, and sends alerts,
// some of which fail.
func (g *Grafana) Demo(ctx context.Context, w DemoWorld) error {
	g.org(1).save(Settings{Enabled: true, Pinned: true, JSONData: json.RawMessage("{}")})
	s, err := g.DemoSettings(ctx, w)
	if err != nil {
		return err
	}
	draft, err := json.Marshal(object{"jsonData": s.JSONData, "secureJsonData": s.SecureJSONData})
	if err != nil {
		return fmt.Errorf("write the demo's settings: %w", err)
	}
	faults, err := g.ask(ctx, http.MethodPost, "v1/settings/check", nil, draft)
	if err != nil {
		return err
	}
	if said := string(bytes.TrimSpace(faults.Body)); said != "[]" {
		return fmt.Errorf("the demo's settings are wrong: %s", said)
	}
	g.org(1).save(s)
	if err := g.sendDemo(ctx, "demo", "HighLatency", "critical"); err != nil {
		return err
	}
	if err := g.sendDemo(ctx, "everything", "DiskFull", "warning"); err != nil {
		return err
	}
	if err := w.Faults(stage.Fault{Kind: stage.FaultCode, Provider: "dingtalk", Code: "400102", Text: "机器人已停用"}); err != nil {
		return err
	}
	if err := g.sendDemo(ctx, "demo", "ApiDown", "high"); err != nil {
		return err
	}
	return w.Faults()
}

// DemoSettings are of a people and accounts that the sandbox knows. Which settings are secrets the plugin says.
func (g *Grafana) DemoSettings(ctx context.Context, w DemoWorld) (Settings, error) {
	secret, err := g.secretFields(ctx)
	if err != nil {
		return Settings{}, err
	}
	accounts, secure := object{}, map[string]string{}
	var mainSteps, allSteps []object
	fill := strings.NewReplacer("{url}", w.URL, "{host}", strings.TrimPrefix(w.URL, "http://"), "{smtp}", w.SMTP)
	for _, a := range w.Accounts {
		settings, hidden := object{"type": a.Type, "title": a.Title}, object{}
		for _, one := range a.Settings {
			value := fill.Replace(one.Value)
			if slices.Contains(secret[a.Type].secrets, one.Name) {
				hidden[one.Name] = value
				continue
			}
			settings[one.Name] = secret[a.Type].typed(one.Name, value)
			if slices.Contains(secret[a.Type].addresses, one.Name) {
				hidden[one.Name] = value
			}
		}
		raw, err := json.Marshal(hidden)
		if err != nil {
			return Settings{}, fmt.Errorf("write the secrets of %s: %w", a.Name, err)
		}
		accounts[a.Name], secure["accounts."+a.Name] = settings, string(raw)
		notify := object{"account": a.Name}
		if len(a.To) > 0 {
			notify["to"] = a.To
		}
		if len(a.Mention) > 0 {
			notify["mention"] = a.Mention
		}
		if a.Urgent != "" {
			notify["urgent"] = object{"critical": a.Urgent}
		}
		allSteps = append(allSteps, notify)
		if a.Main {
			mainSteps = append(mainSteps, notify)
		}
	}
	for _, point := range []string{"demo", "everything"} {
		secure["contact_points."+point] = fmt.Sprintf(`{"hmac_secret": %q}`, demoSecret)
	}
	access, err := json.Marshal(object{"url": g.o.URL + "/", "webhook_token": g.webhookToken()})
	if err != nil {
		return Settings{}, fmt.Errorf("write Grafana's access: %w", err)
	}
	secure["grafana"] = string(access)
	raw, err := json.Marshal(object{
		"accounts": accounts,
		"people": []object{
			{"name": "lilei", "title": "李雷", "email": "lilei@example.com", "mobile": "+8613800000001"},
			{"name": "hanmeimei", "title": "韩梅梅", "email": "hanmeimei@example.com", "mobile": "+8613800000002"},
		},
		"contact_points": []object{
			{"name": "demo", "title": "支付告警", "steps": []object{{"notify": mainSteps}}},
			{"name": "everything", "title": "全部类型", "steps": []object{{"notify": allSteps}}},
		},
	})
	return Settings{Enabled: true, Pinned: true, JSONData: raw, SecureJSONData: secure}, err
}

// fields are what a type says of its settings, as far as it matters here.
type fields struct{ secrets, addresses, numbers, switches []string }

// typed is a setting as the form would send it.
func (f fields) typed(name, value string) any {
	switch {
	case slices.Contains(f.numbers, name):
		return json.Number(value)
	case slices.Contains(f.switches, name):
		return value == "true"
	}
	return value
}

// secretFields asks the plugin which settings of each type are secrets, and which are addresses.
func (g *Grafana) secretFields(ctx context.Context) (map[string]fields, error) {
	reply, err := g.ask(ctx, http.MethodGet, "v1/types", nil, nil)
	if err != nil {
		return nil, err
	}
	var types []struct {
		Type   string `json:"type"`
		Fields []struct {
			Name   string `json:"name"`
			Kind   string `json:"kind"`
			Secret bool   `json:"secret"`
		} `json:"fields"`
	}
	if err := json.Unmarshal(reply.Body, &types); err != nil {
		return nil, fmt.Errorf("read the types: %w", err)
	}
	out := map[string]fields{}
	for _, t := range types {
		f := fields{addresses: []string{"base_url", "proxy"}}
		for _, one := range t.Fields {
			switch {
			case one.Secret:
				f.secrets = append(f.secrets, one.Name)
			case one.Kind == "url":
				f.addresses = append(f.addresses, one.Name)
			case one.Kind == "int":
				f.numbers = append(f.numbers, one.Name)
			case one.Kind == "bool":
				f.switches = append(f.switches, one.Name)
			}
		}
		out[t.Type] = f
	}
	return out, nil
}

// ask calls a resource as the first organisation's admin.
func (g *Grafana) ask(ctx context.Context, method, path string, header http.Header, body []byte) (Reply, error) {
	about, refusal := g.context(g.org(1), visitor{org: 1, role: "Admin", login: "admin"})
	if refusal != "" {
		return Reply{}, errors.New(refusal)
	}
	headers := map[string]*pluginv2.StringList{"Accept": {Values: []string{"application/json"}}}
	for name, values := range header {
		headers[name] = &pluginv2.StringList{Values: values}
	}
	bare, query, _ := strings.Cut(path, "?")
	reply, err := g.o.Plugin.Ask(ctx, &pluginv2.CallResourceRequest{
		PluginContext: about, Method: method, Path: bare, Headers: headers, Body: body, Url: (&url.URL{Path: bare, RawQuery: query}).String(),
	})
	if err == nil && reply.Code/100 == 4 {
		err = fmt.Errorf("%s %s: %d %s", method, path, reply.Code, bytes.TrimSpace(reply.Body))
	}
	return reply, err
}

// sendDemo hands an alert to the plugin as Grafana would, and waits for what becomes of it.
func (g *Grafana) sendDemo(ctx context.Context, point, name, severity string) error {
	body, err := g.body(Alert{Name: name, Labels: map[string]string{"severity": severity, "instance": "node-1"}})
	if err != nil {
		return err
	}
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	_, err = g.ask(ctx, http.MethodPost, "v1/notify/"+point+"?wait=5s", http.Header{
		grafana.TimestampHeader: {timestamp}, grafana.SignatureHeader: {hex.EncodeToString(grafana.Sign(demoSecret, timestamp, body))},
	}, body)
	if err != nil && !strings.Contains(err.Error(), " 422 ") {
		return fmt.Errorf("send the demo's alert %s: %w", name, err)
	}
	return nil
}
