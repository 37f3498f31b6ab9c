package teams

import (
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/message"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/provider/providertest"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

var update = flag.Bool("update", false, "write the golden files")

const (
	testHost = "https://default0123456789abcdef0123456789abcd.ef.environment.api.powerplatform.com:443"
	testPath = "/powerautomate/automations/direct/workflows/0123456789abcdef0123456789abcdef/triggers/manual/paths/invoke"
	testSig  = "Planted-signature_0123456789"
	testURL  = testHost + testPath + "?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=" + testSig
)

func testSettings(address string) sender.Settings {
	return sender.Settings{Account: "teams-test", Values: map[string]string{}, Secrets: map[string]secret.Value{fieldURL: secret.New(address)}}
}

func open(t *testing.T, d sender.Deps) *workflow {
	t.Helper()
	s, err := newWorkflow(testSettings(testURL), d)
	require.NoError(t, err)
	w, ok := s.(*workflow)
	require.True(t, ok)
	return w
}

func TestConformanceTeams(t *testing.T) {
	set := func(address string) func(*sender.Settings) {
		return func(s *sender.Settings) { s.Secrets[fieldURL] = secret.New(address) }
	}
	providertest.Run(t, providertest.Fixture{
		Manifest: manifest(), Settings: testSettings(testURL), Struct: settings{},
		Invalid: map[string]func(*sender.Settings){
			"no address":            set(testSig),
			"a connector":           set("https://example.webhook.office.com/webhookb2/x/IncomingWebhook/" + testSig),
			"another host":          set("https://hooks.example.test/?sig=" + testSig),
			"a host that ends like": set("https://evil-logic.azure.com.example.test/?sig=" + testSig),
			"no signature":          set(testHost + testPath + "?api-version=1"),
			"no TLS":                set(strings.Replace(testURL, "https", "http", 1)),
		},
		Mentions: []sender.Target{
			{Kind: sender.TargetPerson, Value: "li", Person: &sender.Person{Name: "li", Title: "李雷", Email: "li@example.com"}}, sender.ParseTarget("user:han@example.com"),
		},
		MaxSize: maxPost, Size: func(raw json.RawMessage) int { return len(raw) },
		Provider: func() http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set(headerRun, "08584")
				w.WriteHeader(http.StatusAccepted)
			})
		},
		Endpoint: func(*http.Request, []byte) sender.Op { return sender.OpSend },
		Refuse: func(w http.ResponseWriter, row sender.CodeMeaning, text string) {
			status, err := strconv.Atoi(row.Code)
			if err != nil {
				w.WriteHeader(http.StatusBadRequest)
				_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]string{"code": row.Code, "message": text}})
				return
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, text)
		},
		Accepts: []string{"202 empty"},
	})
}

func TestAddresses(t *testing.T) {
	const query = "/workflows/0123/triggers/manual/paths/invoke?api-version=2016-06-01&sig=x"
	for _, host := range []string{
		"prod-12.westeurope.logic.azure.com:443", "PROD-12.westus.logic.azure.com", "prod-00.usgovtexas.logic.azure.us", "prod-03.chinaeast.logic.azure.cn:443",
		"0.1.environment.api.powerplatform.com", "default0.b.environment.api.gov.powerplatform.microsoft.us:443", "0.1.environment.api.high.powerplatform.microsoft.us",
		"0.1.environment.api.appsplatform.us", "0.1.environment.api.powerplatform.partner.microsoftonline.cn", "api.powerautomate.com", "prod-1.flow.microsoft.com",
	} {
		require.NoError(t, checkAddress(secret.New("https://"+host+query)), host)
	}
	for address, want := range map[string]string{
		"https://corp.webhook.office.com/webhookb2/a@b/IncomingWebhook/c/d":    "retired the connectors",
		"https://outlook.office.com/webhook/a@b/IncomingWebhook/c/d":           "retired the connectors",
		"https://outlook.office365.com/webhook/a@b/IncomingWebhook/c/d":        "retired the connectors",
		"https://logic.azure.com" + query:                                      "none of Power Automate's",
		"http://prod-12.westeurope.logic.azure.com" + query:                    "https://",
		"https://prod-12.westeurope.logic.azure.com/workflows/x?api-version=1": "no sig=",
		"prod-12.westeurope.logic.azure.com" + query:                           "not an address",
	} {
		_, err := newWorkflow(sender.Settings{Secrets: map[string]secret.Value{fieldURL: secret.New(address)}}, sender.Deps{})
		f := sender.AsFailure(err)
		require.NotNil(t, f, address)
		require.Equal(t, sender.ReasonConfig, f.Reason)
		require.ErrorContains(t, f, want)
		require.NotEmpty(t, f.Hint.ZH)
		require.NotEmpty(t, f.Hint.EN)
	}
	require.Contains(t, sender.AsFailure(checkAddress(secret.New("https://x.webhook.office.com/"))).Hint.EN, "Post to a channel when a webhook request is received")
}

type tripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answering(status int, body string, header http.Header) sender.Deps {
	return sender.Deps{Transport: tripper(func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		for k := range header {
			w.Header().Set(k, header.Get(k))
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, strings.ReplaceAll(body, "URL", r.URL.String()))
		return w.Result(), nil
	})}
}

func send(t *testing.T, d sender.Deps) (sender.Receipt, error) {
	t.Helper()
	w := open(t, d)
	out, err := w.Render(t.Context(), sender.Draft{Message: providertest.Samples()["firing"]})
	require.NoError(t, err)
	return w.Send(t.Context(), sender.Notification{Key: "k", Content: out.Parts[0]})
}

func TestAReceiptSaysNoMoreThanQueued(t *testing.T) {
	got, err := send(t, answering(http.StatusAccepted, "", http.Header{headerRun: {"08584"}}))
	require.NoError(t, err)
	require.Equal(t, "08584", got.MessageID)
	require.JSONEq(t, `{"v":1,"state":"queued","run":"08584"}`, string(got.Data))
}

func TestWhatAnAnswerMeans(t *testing.T) {
	flow := func(code string) string { return `{"error":{"code":"` + code + `","message":"said URL"}}` }
	for name, c := range map[string]struct {
		status int
		body   string
		header http.Header
		reason sender.Reason
		class  sender.Class
		code   string
	}{
		"an error of the connectors": {200, "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413", nil, sender.ReasonOutcomeUnknown, sender.Again, ""},
		"the connectors' success":    {200, "1", nil, sender.ReasonOutcomeUnknown, sender.Again, ""},
		"a page with 202":            {202, "<html>", nil, sender.ReasonOutcomeUnknown, sender.Again, ""},
		"a flow that is off":         {400, flow("WorkflowTriggerIsNotEnabled"), nil, sender.ReasonConfig, sender.Never, "WorkflowTriggerIsNotEnabled"},
		"a flow that wants a login":  {401, flow("DirectApiAuthorizationRequired"), nil, sender.ReasonAuth, sender.Never, "DirectApiAuthorizationRequired"},
		"a flow that is gone":        {404, flow("WorkflowNotFound"), nil, sender.ReasonConfig, sender.Never, "WorkflowNotFound"},
		"a code that is new":         {403, flow("SomethingNew"), nil, sender.ReasonPermission, sender.Never, "403"},
		"throttled, with a code":     {429, flow("WorkflowNotFound"), http.Header{"Retry-After": {"9"}}, sender.ReasonRateLimited, sender.Later, "429"},
		"a gateway":                  {502, flow("NoResponse"), nil, sender.ReasonUnavailable, sender.Again, "502"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := send(t, answering(c.status, c.body, c.header))
			f := sender.AsFailure(err)
			require.NotNil(t, f)
			require.Equal(t, c.reason, f.Reason)
			require.Equal(t, c.class, f.Class)
			require.Equal(t, c.code, f.Code)
			require.NotContains(t, f.Error(), testSig)
			require.NotContains(t, f.Error(), "workflows/0123456789")
		})
	}
}

func TestACardIsBuiltAsTeamsWantsIt(t *testing.T) {
	w := open(t, sender.Deps{})
	m := providertest.Samples()["firing"]
	m.Title = "{{DATE(2026-11-22T00:00:00Z,SHORT)}} <at>li</at>"
	for range 8 {
		m.Links = append(m.Links, message.Link{Title: "x", URL: "https://example.com/"})
	}
	m.Links = append(m.Links, message.Link{Title: "no page", URL: "javascript:alert(1)"})
	out, err := w.Render(t.Context(), sender.Draft{Message: m, Mentions: []sender.Target{sender.ParseTarget("email:li@example.com")}})
	require.NoError(t, err)
	c, err := readPost(out.Parts[0])
	require.NoError(t, err)
	require.Len(t, c.Actions, maxActions)
	require.Contains(t, string(out.Parts[0]), `"contentUrl":null`)
	require.NotContains(t, string(out.Parts[0]), "javascript")
	require.NotContains(t, c.Body[0].Items[0].Text, "{{DATE(")
	require.Equal(t, 2, strings.Count(string(out.Parts[0]), "<at>"), "in the text and in its entity, nowhere else")
	p, err := preview(out.Parts[0])
	require.NoError(t, err)
	require.Equal(t, []string{"li@example.com"}, p.Mentions)
}

func TestOnlyTheFirstCardMentions(t *testing.T) {
	w := open(t, sender.Deps{})
	out, err := w.Render(t.Context(), sender.Draft{Message: providertest.Samples()["long"], Mentions: []sender.Target{sender.ParseTarget("email:li@example.com")}})
	require.NoError(t, err)
	require.Greater(t, len(out.Parts), 1)
	require.Contains(t, string(out.Parts[0]), "<at>")
	for _, p := range out.Parts[1:] {
		require.NotContains(t, string(p), "<at>")
	}
}

// TestWhomACardMentions walks through everybody that "mention" can name, and some that it cannot.
func TestWhomACardMentions(t *testing.T) {
	w := open(t, sender.Deps{})
	who := func(p sender.Person) sender.Target {
		return sender.Target{Kind: sender.TargetPerson, Value: p.Name, Person: &p}
	}
	for name, mentions := range map[string][]sender.Target{
		"nobody": nil,
		"by_id": {
			sender.ParseTarget("user:87d349ed-44d7-43e1-9a83-5f2406dee5bd"), sender.ParseTarget("user:li@example.com"),
			who(sender.Person{Name: "han", Title: "韩梅梅 <x>", Email: "han@example.com", IDs: map[string]string{typeName: "han@corp.example.com"}}),
		},
		"by_mobile": {who(sender.Person{Name: "li", Mobile: "13800000001"})},
		"by_email": {
			who(sender.Person{Name: "li", Title: "李雷", Email: "li@example.com"}), sender.ParseTarget("email:LI@example.com"),
			who(sender.Person{Name: "li2", Title: "李雷", Email: "li2@example.com"}),
		},
		"unknown": {who(sender.Person{Name: "gone"}), sender.ParseTarget("user:lilei"), sender.ParseTarget(`user:a"@b`)},
		"all":     {sender.ParseTarget("all")},
	} {
		t.Run(name, func(t *testing.T) {
			providertest.GoldenParts(t, *update, "mention_"+name+".json", w, sender.Draft{Message: providertest.Samples()["bare"], Mentions: mentions})
		})
	}
}

func TestCardsAreAsReviewed(t *testing.T) {
	w := open(t, sender.Deps{})
	for name, m := range providertest.Samples() {
		if name == "long" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			providertest.GoldenParts(t, *update, name+".json", w, sender.Draft{Message: m})
		})
	}
}

// TestAHostileCard is golden for the official renderer, which the sandbox's tests feed it to.
func TestAHostileCard(t *testing.T) {
	w := open(t, sender.Deps{})
	m := providertest.Samples()["firing"]
	for i, text := range []string{
		"{{DATE(2026-11-22T00:00:00Z, SHORT)}} **bold** _it_ [a](https://evil.example/x) `code` <b>b</b>",
		"# head\n> quote\n- list\n1. list\n---\n![i](https://evil.example/x.png)\n```\ncode\n```",
	} {
		m.Items[i].Title, m.Items[i].Text, m.Items[i].When = text, text, text
		m.Items[i].Fields = []message.Field{{Label: text, Value: text}}
		m.Items[i].Links = []message.Link{{Title: text, URL: "https://example.com/"}}
	}
	m.Title, m.Summary, m.Notes = m.Items[0].Title, m.Items[1].Title, []string{m.Items[1].Title}
	providertest.GoldenParts(t, *update, "hostile.json", w, sender.Draft{Message: m})
}

func FuzzContent(f *testing.F) {
	f.Add([]byte(`{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":{"type":"AdaptiveCard","body":[{"type":"TextBlock","text":"- x"}]}}]}`))
	f.Add([]byte(`{"type":"message","attachments":[]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if p, err := preview(raw); err == nil {
			require.NotEmpty(t, p.Blocks)
		}
	})
}

func FuzzAnswer(f *testing.F) {
	f.Add(400, []byte(`{"error":{"code":"WorkflowTriggerIsNotEnabled","message":"x"}}`))
	f.Add(202, []byte(``))
	f.Add(200, []byte(`1`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		failure := judge(outbound.Response{Status: status, Body: body})
		require.Equal(t, status == http.StatusAccepted && !outbound.IsPage(outbound.Response{Body: body}), failure == nil)
	})
}
