package webhook

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/provider/providertest"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

var update = flag.Bool("update", false, "write the golden files")

// TestKnownSignatures holds the signature against what the npm package standardwebhooks makes of the same.
func TestKnownSignatures(t *testing.T) {
	raw, err := os.ReadFile("testdata/signatures.json")
	require.NoError(t, err)
	var vectors []struct {
		Secret, ID, Body, Signature string
		Timestamp                   int64
	}
	require.NoError(t, json.Unmarshal(raw, &vectors))
	require.NotEmpty(t, vectors)
	for _, v := range vectors {
		key, err := signingKey(secret.New(v.Secret))
		require.NoError(t, err)
		require.Equal(t, v.Signature, sign(key, v.ID, time.Unix(v.Timestamp, 0), []byte(v.Body)))
	}
}

type tripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answering(status int, body string, seen func(*http.Request, []byte)) sender.Deps {
	return sender.Deps{Transport: tripper(func(r *http.Request) (*http.Response, error) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		seen(r, raw)
		w := httptest.NewRecorder()
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		return w.Result(), nil
	})}
}

func render(t *testing.T, h *hook, d sender.Draft) json.RawMessage {
	t.Helper()
	out, err := h.Render(t.Context(), d)
	require.NoError(t, err)
	require.Len(t, out.Parts, 1)
	return out.Parts[0]
}

func TestARequestIsSignedAnewForEachAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var headers []http.Header
		h := open(t, testSettings(), answering(http.StatusOK, "", func(r *http.Request, body []byte) {
			require.Equal(t, testURL, r.URL.String())
			key, err := signingKey(secret.New(testSecret))
			require.NoError(t, err)
			require.Equal(t, strconv.FormatInt(time.Now().Unix(), 10), r.Header.Get("Webhook-Timestamp"))
			require.Equal(t, sign(key, "key-1", time.Now(), body), r.Header.Get("Webhook-Signature"))
			require.True(t, json.Valid(body))
			headers = append(headers, r.Header)
		}))
		n := sender.Notification{Key: "key-1", Content: render(t, h, sender.Draft{Message: providertest.Samples()["firing"]})}
		for range 2 {
			_, err := h.Send(t.Context(), n)
			require.NoError(t, err)
			time.Sleep(time.Minute)
		}
		require.Len(t, headers, 2)
		require.NotEqual(t, headers[0].Get("Webhook-Signature"), headers[1].Get("Webhook-Signature"))
		for name, want := range map[string]string{
			"Webhook-Id": "key-1", "Idempotency-Key": "key-1", "Content-Type": "application/json", "Authorization": "Bearer bearer-token-0123456789",
			"X-Topic": "ops", "X-Api-Key": "header-key-0123456789", "X-Other": "other-key-0123456789",
		} {
			require.Equal(t, want, headers[1].Get(name), name)
		}
	})
}

func TestATemplatesTextIsSentAsItIs(t *testing.T) {
	s := with(map[string]string{fieldBody: "title={{ .Message.Title | urlquery }}&n={{ len .Message.Items }}", fieldContentType: "application/x-www-form-urlencoded"})
	delete(s.Secrets, fieldSecret)
	h := open(t, s, answering(http.StatusNoContent, "", func(r *http.Request, body []byte) {
		require.Equal(t, "title=a+%26+%22b%22&n=0", string(body))
		require.Equal(t, "application/x-www-form-urlencoded", r.Header.Get("Content-Type"))
		require.Empty(t, r.Header.Get("Webhook-Signature"), "nothing is signed without a secret")
	}))
	_, err := h.Send(t.Context(), sender.Notification{Key: "k", Content: render(t, h, sender.Draft{Message: message.Message{Title: `a & "b"`}})})
	require.NoError(t, err)
}

func TestWhatAnAnswerMeans(t *testing.T) {
	field := func(s sender.Settings) { s.Values[fieldSuccessField], s.Values[fieldSuccessValue] = "data.ok", "true" }
	none := func(sender.Settings) {}
	for name, c := range map[string]struct {
		change func(sender.Settings)
		status int
		body   string
		reason sender.Reason
		class  sender.Class
		code   string
	}{
		"a page":                 {none, 200, " \n<!DOCTYPE html><title>Login</title>", sender.ReasonOutcomeUnknown, sender.Again, ""},
		"a page without a type":  {none, 203, "<HTML>", sender.ReasonOutcomeUnknown, sender.Again, ""},
		"any other word":         {none, 201, "fail", "", 0, ""},
		"more than one value":    {field, 200, `{"data":{"ok":true}} {}`, sender.ReasonOutcomeUnknown, sender.Again, ""},
		"the right value":        {field, 200, `{"data":{"ok":true}}`, "", 0, ""},
		"the right text":         {field, 200, `{"data":{"ok":"true"}}`, "", 0, ""},
		"another value":          {field, 200, `{"data":{"ok":false}}`, sender.ReasonUnavailable, sender.Again, "false"},
		"a number":               {field, 200, `{"data":{"ok":1e3}}`, sender.ReasonUnavailable, sender.Again, "1e3"},
		"a status inside":        {field, 200, `{"data":{"ok":"401"},"msg":"token"}`, sender.ReasonAuth, sender.Never, "401"},
		"a field missing":        {field, 200, `{"data":true}`, sender.ReasonOutcomeUnknown, sender.Again, ""},
		"a field that is none":   {field, 200, `{"data":{"ok":{}}}`, sender.ReasonOutcomeUnknown, sender.Again, ""},
		"a refusal all the same": {field, 404, `{"data":{"ok":true}}`, sender.ReasonConfig, sender.Never, "404"},
	} {
		t.Run(name, func(t *testing.T) {
			s := testSettings()
			c.change(s)
			h := open(t, s, answering(c.status, c.body, func(*http.Request, []byte) {}))
			_, err := h.Send(t.Context(), sender.Notification{Key: "k", Content: render(t, h, sender.Draft{Message: message.Message{Title: "x"}})})
			if c.reason == "" {
				require.NoError(t, err)
				return
			}
			f := sender.AsFailure(err)
			require.NotNil(t, f)
			require.Equal(t, c.reason, f.Reason)
			require.Equal(t, c.class, f.Class)
			require.Equal(t, c.code, f.Code)
			require.NotEmpty(t, f.Hint.ZH)
		})
	}
}

// TestNoPartOfASecretIsTold looks for what the suite does not know to be secret: parts of the address, and values of headers.
func TestNoPartOfASecretIsTold(t *testing.T) {
	h := open(t, testSettings(), sender.Deps{Transport: tripper(func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, r.URL.RequestURI()+" "+r.Header.Get("X-Api-Key")+" "+r.Header.Get("X-Other")+" "+r.URL.Query().Get("key"))
		return w.Result(), nil
	})})
	_, err := h.Send(t.Context(), sender.Notification{Key: "k", Content: render(t, h, sender.Draft{Message: message.Message{Title: "x"}})})
	require.ErrorContains(t, err, "<secret>")
	require.NotContains(t, err.Error(), "0123456789")
}

func TestATemplateThatFailsIsReplacedAndSaysSo(t *testing.T) {
	for name, body := range map[string]string{
		// Both are fine with the sample, which has alerts.
		"an error":     `{"text": {{ (index .Alerts 0).Status | toJson }}}`,
		"no JSON then": `{"text": {{ if .Alerts }}"x"{{ end }}}`,
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, with(map[string]string{fieldBody: body}), sender.Deps{})
			out, err := h.Render(t.Context(), sender.Draft{Message: message.Message{Title: "x", Language: lang.English}})
			require.NoError(t, err)
			require.Len(t, out.Notes, 1)
			require.Contains(t, out.Notes[0].EN, "the body template failed")
			var p struct{ JSON payload }
			require.NoError(t, json.Unmarshal(out.Parts[0], &p))
			require.Equal(t, version, p.JSON.Version)
			require.Contains(t, p.JSON.Notes[0], "the body template failed")
		})
	}
}

func group() alert.Group {
	at := time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)
	return alert.Group{
		Source: "prometheus", Kind: "alertmanager", Key: `{}:{alertname="High5xx"}`, Receiver: "ops", Status: alert.Firing, ExternalURL: "https://am.example.com",
		GroupLabels: map[string]string{"alertname": "High5xx"}, CommonLabels: map[string]string{"alertname": "High5xx", "team": "支付"},
		Alerts: []alert.Alert{
			{
				Fingerprint: "f1", Status: alert.Firing, Severity: alert.Critical, StartsAt: at, Value: "12", GeneratorURL: "https://p.example.com/graph",
				Labels: map[string]string{"alertname": "High5xx", "team": "支付", "instance": "10.0.0.7"}, Annotations: map[string]string{"summary": `错误率 12% <b>"高"</b>`},
			},
			{
				Fingerprint: "f2", Status: alert.Resolved, Severity: alert.Warning, StartsAt: at, EndsAt: at.Add(time.Minute),
				Labels: map[string]string{"alertname": "High5xx", "team": "支付", "instance": "10.0.0.8"},
			},
		},
	}
}

func composed(t *testing.T, g alert.Group) message.Message {
	t.Helper()
	templates, err := message.ParseTemplates()
	require.NoError(t, err)
	return templates.Compose(g, message.Style{Language: lang.Chinese}, message.ComposeOptions{Now: time.Date(2026, 11, 22, 2, 5, 0, 0, time.UTC)})
}

func TestTheFixedJSONOfRealGroups(t *testing.T) {
	one := group()
	two := group()
	two.Key, two.Alerts = "other", two.Alerts[:1]
	h := open(t, testSettings(), sender.Deps{})
	for name, m := range map[string]message.Message{
		"group":  composed(t, one),
		"digest": message.Digest([]message.DigestEntry{{Group: one}, {Group: two}}, message.Style{Language: lang.English}, time.Date(2026, 11, 22, 2, 5, 0, 0, time.UTC)),
	} {
		providertest.GoldenParts(t, *update, "real_"+name+".json", h, sender.Draft{Message: m})
	}
}

func TestLabelsThatDoNotFitAreLeftOut(t *testing.T) {
	g := group()
	g.Alerts[0].Annotations = map[string]string{"log": strings.Repeat("堆栈", testMax)}
	h := open(t, testSettings(), sender.Deps{})
	out, err := h.Render(t.Context(), sender.Draft{Message: composed(t, g)})
	require.NoError(t, err)
	require.Len(t, out.Notes, 1)
	require.Contains(t, out.Notes[0].EN, "too long")
	var all strings.Builder
	for _, p := range out.Parts {
		all.Write(p)
	}
	for _, want := range []string{"High5xx · 10.0.0.7", "High5xx · 10.0.0.8", `"trimmed":true`, `"starts_at":"2026-11-22T02:00:00Z"`, `"fingerprint":"f2"`} {
		require.Contains(t, all.String(), want)
	}
	require.NotContains(t, all.String(), `"fingerprint":"f1"`)
}

func TestFormsAreAsReviewed(t *testing.T) {
	for form, values := range map[string]map[string]string{
		"fixed": {}, "json": {fieldBody: jsonBody}, "text": {fieldBody: textBody, fieldContentType: "text/plain"},
		"markdown": {fieldBody: "{{ .Markdown }}", fieldContentType: "text/markdown; charset=utf-8"},
	} {
		h := open(t, with(values), sender.Deps{})
		for name, m := range providertest.Samples() {
			if name == "long" {
				continue
			}
			t.Run(name+"/"+form, func(t *testing.T) {
				providertest.GoldenParts(t, *update, name+"_"+form+".json", h, sender.Draft{Message: m})
			})
		}
	}
}

// TestWhomARequestMentions walks through everybody that "mention" can name, in each form that can tell.
func TestWhomARequestMentions(t *testing.T) {
	who := func(p sender.Person) sender.Target {
		return sender.Target{Kind: sender.TargetPerson, Value: p.Name, Person: &p}
	}
	forms := map[string]*hook{
		"fixed":    open(t, testSettings(), sender.Deps{}),
		"template": open(t, with(map[string]string{fieldBody: `{"at": [{{ range $i, $m := .Mentions }}{{ if $i }},{{ end }}{{ or $m.Mobile $m.Value | toJson }}{{ end }}]}`}), sender.Deps{}),
	}
	for name, mentions := range map[string][]sender.Target{
		"nobody":    nil,
		"by_id":     {sender.ParseTarget("user:u1"), who(sender.Person{Name: "han", Title: "韩梅梅", IDs: map[string]string{"feishu": "ou_han"}})},
		"by_mobile": {who(sender.Person{Name: "li", Mobile: "13800000001"}), sender.ParseTarget("phone:13800000002")},
		"by_email":  {who(sender.Person{Name: "li", Email: "li@example.com"}), sender.ParseTarget("email:han@example.com")},
		"unknown":   {who(sender.Person{Name: "gone"})},
		"all":       {sender.ParseTarget("all")},
	} {
		for form, h := range forms {
			t.Run(name+"/"+form, func(t *testing.T) {
				providertest.GoldenParts(t, *update, "mention_"+name+"_"+form+".json", h, sender.Draft{Message: providertest.Samples()["bare"], Mentions: mentions})
			})
		}
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"data":{"ok":true}}`), "data.ok")
	f.Add([]byte(`[{"a":1}]`), "a")
	f.Add([]byte(`<html>`), "")
	f.Fuzz(func(t *testing.T, body []byte, path string) {
		if _, found := scalarAt(body, path); found {
			require.True(t, json.Valid(body))
			require.Equal(t, byte('{'), bytes.TrimSpace(body)[0])
		}
	})
}

func FuzzContent(f *testing.F) {
	f.Add([]byte(`{"content_type":"application/json","json":{"a":[1,{"b":null}]}}`))
	f.Add([]byte(`{"content_type":"text/plain","text":"x"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if p, err := preview(raw); err == nil {
			require.Equal(t, sender.ShapeData, p.Shape)
			require.NotEmpty(t, p.Blocks)
		}
	})
}
