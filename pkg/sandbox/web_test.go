package sandbox_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func page(t *testing.T, s *sandbox.Sandbox, target string, cookies ...*http.Cookie) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	require.Equal(t, http.StatusOK, w.Code)
	return w
}

// drawn is a preview with every kind of block, and text that wants to break out.
func drawn(string, json.RawMessage) (sender.Preview, error) {
	const evil = `<script>alert(1)</script>`
	return sender.Preview{
		Shape: "card", Color: "red", Title: "标题" + evil,
		Blocks: []sender.Block{
			{Kind: sender.BlockHeading, Text: "heading", Level: 1},
			{Kind: sender.BlockText, Spans: []sender.Span{
				{Text: "bold", Bold: true},
				{Text: "link", URL: "javascript:alert(1)"},
				{Text: "red", Color: `red" onload="x`},
				{Text: "@x", Mention: "ou_demo_lilei"},
				{Text: "@y", Mention: "ou_demo_john"},
				{Mention: "ou_ghost"},
			}},
			{Kind: sender.BlockQuote, Text: "quote"},
			{Kind: sender.BlockList, Fields: []sender.Block{{Kind: sender.BlockText, Text: "item"}}},
			{Kind: sender.BlockDivider},
			{Kind: sender.BlockButtons, Fields: []sender.Block{{Kind: sender.BlockButton, Text: "runbook", URL: "https://wiki.example.com"}}},
			{Kind: sender.BlockNote, Text: "small"},
		},
	}, nil
}

func filled(t *testing.T, o sandbox.Options) *sandbox.Sandbox {
	t.Helper()
	s := newSandbox(t, o)
	here := stage.Conversation{ID: "oc_demo", Kind: "chat", Name: "支付告警群"}
	m := stage.Message{
		ID: "om_1", Provider: "feishu", Type: "feishu_app", App: "cli_demo", Conversation: here, Form: "interactive",
		Content: json.RawMessage(`{"msg_type":"interactive","content":"{\"a\":\"<b>\"}"}`),
		Request: &stage.Request{Method: "POST", Path: "/open-apis/im/v1/messages", Body: `{"content":"{\"a\":\"<b>\"}"}`},
		Mentions: []stage.Mention{
			{ID: "ou_demo_lilei", Name: "李雷", Notified: true},
			{ID: "ou_demo_john", Name: "John Smith", Why: "not in this chat"},
		},
	}
	s.Deliver(m, "", 0)
	s.Edit("om_1", m)
	s.Urge("om_1", stage.Urgent{Mode: "phone", Names: []string{"李雷"}, UserIDs: []string{"li_lei"}})
	s.Deliver(stage.Message{ID: "om_2", Provider: "feishu", App: "cli_demo", Conversation: here, ReplyTo: "om_1", InThread: true, Content: json.RawMessage(`{}`)}, "", 0)
	s.Deliver(stage.Message{ID: "om_3", Provider: "feishu", App: "cli_demo", Conversation: here, Content: json.RawMessage(`{}`)}, "", 0)
	s.Recall("om_3")
	return s
}

func TestPageShowsWhatArrived(t *testing.T) {
	t.Parallel()
	s := filled(t, sandbox.Options{Preview: drawn})
	w := page(t, s, "/?c=oc_demo&lang=zh")
	body := w.Body.String()
	for _, want := range []string{
		"支付告警群", "color-red", "标题&lt;script&gt;", "加急 · 电话", "<em>李雷</em>", "已原地更新 1 次", "话题回复 (1)",
		"消息已撤回", `<span class="at yes">@李雷</span>`, `<span class="at no" title="不在这个群里">@John Smith</span>`,
		`<span class="at no">@ou_ghost</span>`, `href="https://wiki.example.com"`, "更新前的内容 (1)", `&#34;a&#34;: &#34;&lt;b&gt;&#34;`,
		`class="ink-default"`, "<b>bold</b>", "<li>", "<blockquote>quote</blockquote>",
	} {
		require.Contains(t, body, want)
	}
	require.NotContains(t, body, "<script>alert")
	require.NotContains(t, body, "javascript:")
	require.NotContains(t, body, "onload")
	require.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'")
}

func TestPageWithoutPreviewShowsJSON(t *testing.T) {
	t.Parallel()
	require.Contains(t, page(t, filled(t, sandbox.Options{}), "/?c=oc_demo").Body.String(), `<pre class="raw">{`)
	failing := func(string, json.RawMessage) (sender.Preview, error) { return sender.Preview{}, errors.New("too odd") }
	body := page(t, filled(t, sandbox.Options{Preview: failing}), "/?c=oc_demo").Body.String()
	require.Contains(t, body, "too odd")
	require.Contains(t, body, `<pre class="raw">{`)
}

func TestPageLanguageAndThemeAreKept(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, sandbox.Options{})
	w := page(t, s, "/?lang=en&theme=dark")
	require.Contains(t, w.Body.String(), `data-theme="dark"`)
	require.Contains(t, w.Body.String(), "Fault switches")
	again := page(t, s, "/", w.Result().Cookies()...).Body.String()
	require.Contains(t, again, "Fault switches")
	require.Contains(t, again, `data-theme="dark"`)
	require.Contains(t, page(t, s, "/?lang=xx").Body.String(), "故障开关")
}

func TestPageShowsFaults(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, sandbox.Options{})
	require.NoError(t, s.SetFaults(
		stage.Fault{ID: "page-feishu-reset", Kind: stage.FaultReset, Provider: "feishu"}, stage.Fault{ID: "mine", Kind: stage.FaultCode, Code: "230020"},
	))
	body := page(t, s, "/").Body.String()
	require.Contains(t, body, `aria-checked="true" data-id="page-feishu-reset"`)
	require.Contains(t, body, "code · 230020")
}

// TestSentencesExist keeps the templates and the texts together: a missing text would show its key.
func TestSentencesExist(t *testing.T) {
	t.Parallel()
	used := regexp.MustCompile(`\.T "([a-z_]+)"`)
	s := filled(t, sandbox.Options{})
	for _, file := range []string{"web/page.html", "web/message.html"} {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range used.FindAllStringSubmatch(string(raw), -1) {
			require.Truef(t, sandbox.HasSentence(m[1]), "%s uses %q", file, m[1])
		}
	}
	for _, language := range []string{"zh", "en"} {
		require.NotContains(t, page(t, s, "/?lang="+language).Body.String(), ">fault_")
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, sandbox.Options{})
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/sandbox/events", nil)
	require.NoError(t, err)
	answer, err := server.Client().Do(r)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	require.Equal(t, "text/event-stream", answer.Header.Get("Content-Type"))
	lines := bufio.NewScanner(answer.Body)
	require.True(t, lines.Scan())
	require.True(t, strings.HasPrefix(lines.Text(), "retry:"))
	s.Deliver(stage.Message{ID: "1"}, "", 0)
	for lines.Scan() {
		if lines.Text() == "event: change" {
			return
		}
	}
	require.Fail(t, "the stream ended without the change")
}

func TestAssets(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, sandbox.Options{})
	require.Contains(t, page(t, s, "/sandbox/inbox.css").Header().Get("Content-Type"), "text/css")
	require.Contains(t, page(t, s, "/sandbox/inbox.js").Header().Get("Content-Type"), "javascript")
}

// TestSwitchesWork sends what the page's switches hold: those of the provider whose conversation is open.
func TestSwitchesWork(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, sandbox.Options{})
	client := &http.Client{Transport: s.Transport()}
	conversations := regexp.MustCompile(`class="entry ([a-z]+)[^"]*" href="([^"]+)"`).FindAllStringSubmatch(page(t, s, "/").Body.String(), -1)
	require.NotEmpty(t, conversations)
	for _, c := range conversations {
		target := html.UnescapeString(c[2])
		switches := regexp.MustCompile(`data-id="([^"]+)" data-fault="([^"]+)"`).FindAllStringSubmatch(page(t, s, target).Body.String(), -1)
		require.GreaterOrEqual(t, len(switches), 8, "ten, but the expired token where there is none, and what means nothing to mail")
		for _, sw := range switches {
			require.Contains(t, sw[1], "page-"+c[1]+"-")
			require.Equal(t, http.StatusCreated, call(t, client, "POST", api+"faults", html.UnescapeString(sw[2]), "", nil), sw[1])
		}
		require.Equal(t, len(switches), strings.Count(page(t, s, target).Body.String(), `aria-checked="true"`))
		for _, sw := range switches {
			require.Equal(t, http.StatusOK, call(t, client, "DELETE", api+"faults/"+sw[1], "", "", nil))
		}
		require.Empty(t, s.Faults())
	}
}

// TestEveryShapeIsDrawn shows an SMS with what it costs, a call with its fate, a mail, and a body for machines.
func TestEveryShapeIsDrawn(t *testing.T) {
	t.Parallel()
	shapes := map[string]sender.Preview{
		"sms":  {Shape: sender.ShapeSMS, From: "云锣", Segments: 2, Blocks: []sender.Block{{Kind: sender.BlockText, Text: "磁盘已满"}}},
		"call": {Shape: sender.ShapeCall, From: "0571-8888", Blocks: []sender.Block{{Kind: sender.BlockText, Text: "您有告警"}}},
		"mail": {Shape: sender.ShapeMail, From: "alerts@example.com", Title: "主题", Blocks: []sender.Block{
			{Kind: sender.BlockFields, Fields: []sender.Block{{Kind: sender.BlockText, Text: "实例"}, {Kind: sender.BlockText, Text: "db-1"}}},
		}},
		"data": {Shape: sender.ShapeData, Title: "POST", Blocks: []sender.Block{{Kind: sender.BlockCode, Text: "{\n  \"a\": \"<b>\"\n}"}}},
	}
	for shape, want := range map[string][]string{
		"sms":  {`class="sms`, "【云锣】", "磁盘已满", "短信计费条数 2"},
		"call": {`class="call`, "0571-8888", "您有告警", "未接听"},
		"mail": {`class="mail`, "主题", "alerts@example.com", "<dt>实例</dt><dd>db-1</dd>"},
		"data": {`class="data`, "<pre>{\n  &#34;a&#34;: &#34;&lt;b&gt;&#34;\n}</pre>"},
	} {
		s := newSandbox(t, sandbox.Options{Preview: func(string, json.RawMessage) (sender.Preview, error) { return shapes[shape], nil }})
		fate := ""
		if shape == "call" {
			fate = string(sender.FateUnanswered)
		}
		s.Deliver(stage.Message{ID: shape, Provider: "wecom", Content: json.RawMessage(`{}`), Conversation: stage.Conversation{ID: "c", Name: "n"}, Fate: fate}, "", 0)
		body := page(t, s, "/?c=c").Body.String()
		for _, text := range want {
			require.Contains(t, body, text, shape)
		}
		require.NotContains(t, body, `class="tag"`, "no robot speaks")
	}
}

// TestTitlesAreWhereTheAppsShowThem: Feishu draws the title of a post, DingTalk shows one only in the list of chats.
func TestTitlesAreWhereTheAppsShowThem(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		preview sender.Preview
		times   int
	}{
		"in the message and in the list": {sender.Preview{Shape: sender.ShapeBubble, Title: "磁盘已满"}, 2},
		"in the list":                    {sender.Preview{Shape: sender.ShapeBubble, Listed: "磁盘已满"}, 1},
	} {
		s := newSandbox(t, sandbox.Options{Preview: func(string, json.RawMessage) (sender.Preview, error) { return c.preview, nil }})
		s.Deliver(stage.Message{ID: "m", Provider: "feishu", Content: json.RawMessage(`{}`), Conversation: stage.Conversation{ID: "c", Name: "n"}}, "", 0)
		require.Equal(t, c.times, strings.Count(page(t, s, "/?c=c").Body.String(), "磁盘已满"), name)
	}
}
