package message

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

func body(t *testing.T, text string) *Body {
	t.Helper()
	b, err := ParseBody("body", text)
	require.NoError(t, err)
	return b
}

func TestABodyHasAlertmanagersDataAndTheMessage(t *testing.T) {
	g := sampleGroup()
	m := parsed(t).Compose(g, Style{Language: lang.English}, ComposeOptions{Now: now()})
	b := body(t, `{"s":{{ .Status | toJson }},"l":{{ .CommonLabels.job | toJson }},"n":{{ len .Alerts }},"t":{{ .Message.Title | toJson }},`+
		`"sev":{{ .Severity | toJson }},"worst":"{{ .Message.Severity }}","p":{{ .Plain | toJson }},"first":"{{ (index .Alerts 0).Fingerprint }}","r":"{{ .Receiver }}"}`)
	out, err := b.Write(BodyData{Message: m, Plain: "a\nb"}, time.Now().Add(time.Minute))
	require.NoError(t, err)
	require.JSONEq(t, `{"s":"firing","l":"node","n":2,"t":"`+m.Title+`","sev":"critical","worst":"critical","p":"a\nb","first":"1","r":"sample"}`, out)

	half := m
	half.Items = m.Items[1:]
	out, err = b.Write(BodyData{Message: half}, time.Now().Add(time.Minute))
	require.NoError(t, err)
	require.Contains(t, out, `"n":1`, "a part has its own alerts")
	require.Contains(t, out, `"first":"2"`)
}

func TestABodyOfADigestHasTheAlertsOfAll(t *testing.T) {
	one, two := sampleGroup(), sampleGroup()
	two.Key = "other"
	two.Alerts = []alert.Alert{{Fingerprint: "3", Status: alert.Firing, Severity: alert.High, Labels: map[string]string{"alertname": "Other", "job": "node"}}}
	m := Digest([]DigestEntry{{Group: one}, {Group: two}}, Style{Language: lang.English}, now())
	out, err := body(t, `{{ .Status }} {{ len .Alerts }} {{ .CommonLabels.job }} {{ .CommonLabels.alertname }}`).Write(BodyData{Message: m}, time.Now().Add(time.Minute))
	require.NoError(t, err)
	require.Equal(t, "firing 3 node ", out)

	empty, err := body(t, `{{ .Status }} {{ len .Alerts }}`).Write(BodyData{Message: Message{Status: alert.Resolved}}, time.Now().Add(time.Minute))
	require.NoError(t, err)
	require.Equal(t, "resolved 0", empty)
}

func TestABadBodyIsFoundWhenItIsParsed(t *testing.T) {
	for text, want := range map[string]string{
		`{{ .Nope }}`:             "there is no field .Nope",
		"\n{{ if }}":              "line 2",
		`{{ toJsn .Status }}`:     "did you mean toJson",
		`{{ template "nope" . }}`: `"nope" not defined`,
		`{{ range .Alerts }}`:     "exactly one end",
	} {
		_, err := ParseBody("body", text)
		var fault *TemplateError
		require.ErrorAs(t, err, &fault, text)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "body")
		require.NotEmpty(t, fault.Message.ZH)
	}
}

func TestABodyIsBounded(t *testing.T) {
	m := Message{Title: strings.Repeat("x", maxOutput)}
	_, err := body(t, `{{ .Message.Title }}{{ .Message.Title }}`).Write(BodyData{Message: m}, time.Now().Add(time.Minute))
	require.ErrorIs(t, err, ErrTooLong)

	_, err = body(t, `{{ range .Message.Items }}x{{ end }}`).Write(BodyData{Message: Sample(lang.English)}, time.Now().Add(-time.Second))
	require.ErrorIs(t, err, errTooSlow, "the time of all writings is over")

	start := time.Now()
	_, err = body(t, `{{ define "x" }}{{ if ne .Message.Kind "group" }}{{ template "x" . }}{{ end }}{{ end }}{{ template "x" . }}`).Write(BodyData{Message: m}, time.Now().Add(time.Minute))
	require.ErrorIs(t, err, errTooDeep)
	require.Less(t, time.Since(start), 10*maxRun)
}

func TestTheSampleHasWhatMustBeEscaped(t *testing.T) {
	for _, l := range lang.Languages() {
		m := Sample(l)
		require.Len(t, m.Items, 2)
		require.False(t, json.Valid([]byte(`"`+m.Summary+`"`)))
	}
}
