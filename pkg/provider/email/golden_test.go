package email

import (
	"bytes"
	"encoding/base64"
	"flag"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/provider/providertest"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

var update = flag.Bool("update", false, "write the golden files")

const testKey = "019aa000-0000-7000-8000-000000000001"

func TestGolden(t *testing.T) {
	m := open(t, testSettings(), sender.Deps{})
	for name, sample := range providertest.Samples() {
		if name == "long" {
			continue
		}
		for _, form := range []string{formHTML, formText} {
			t.Run(name+"_"+form, func(t *testing.T) {
				d := sender.Draft{Message: sample, Options: sender.Options{optionForm: form}}
				providertest.GoldenParts(t, *update, name+"_"+form+".json", m, d)
				r, err := m.Render(t.Context(), d)
				require.NoError(t, err)
				p, err := parsePart(r.Parts[0])
				require.NoError(t, err)
				l := letter{part: p, from: m.from, to: []mail.Address{{Name: "李雷", Address: "li@example.com"}}, key: testKey}
				raw, err := l.compose()
				require.NoError(t, err)
				if form == formHTML {
					// The whole mail for other programs, and the page alone for people to look at.
					providertest.Golden(t, *update, name+".eml", raw)
					providertest.Golden(t, *update, name+".html", []byte(p.HTML))
				}
				again, err := l.compose()
				require.NoError(t, err)
				require.Equal(t, raw, again, "a repeat is the same mail")
				judgeMail(t, raw, p)
			})
		}
	}
}

// judgeMail reads a mail with the standard library and compares it with what it was made of.
func judgeMail(t *testing.T, raw []byte, p part) {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	require.NoError(t, err)
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	require.NoError(t, err)
	require.Equal(t, p.Subject, subject)
	date, err := m.Header.Date()
	require.NoError(t, err)
	require.WithinDuration(t, time.UnixMilli(0x019aa0000000), date, time.Second, "the key's time")
	require.Equal(t, "auto-generated", m.Header.Get("Auto-Submitted"))
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	require.NoError(t, err)
	want := []string{p.Text}
	body := []io.Reader{m.Body}
	if p.HTML != "" {
		require.Equal(t, "multipart/alternative", kind)
		want = append(want, p.HTML)
		body = nil
		parts := multipart.NewReader(m.Body, params["boundary"])
		for {
			one, err := parts.NextRawPart()
			if err != nil {
				require.ErrorIs(t, err, io.EOF)
				break
			}
			content, err := io.ReadAll(one)
			require.NoError(t, err)
			body = append(body, bytes.NewReader(content))
		}
	}
	require.Len(t, body, len(want))
	for i, b := range body {
		text, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, b))
		require.NoError(t, err)
		require.Equal(t, want[i], string(text))
	}
	for line := range bytes.Lines(raw) {
		require.LessOrEqual(t, len(line), 78+2)
	}
}

func TestNoHeaderCanBeMadeUp(t *testing.T) {
	m := open(t, testSettings(), sender.Deps{})
	sample := providertest.Samples()["firing"]
	sample.Title = "a\r\nBcc: evil@example.com\r\n\r\n<h1>"
	r, err := m.Render(t.Context(), sender.Draft{Message: sample})
	require.NoError(t, err)
	p, err := parsePart(r.Parts[0])
	require.NoError(t, err)
	// Content that did not come from Render.
	p.Subject += "\r\nBcc: evil@example.com"
	l := letter{part: p, from: m.from, to: []mail.Address{{Name: "x\r\nBcc: evil@example.com", Address: "li@example.com"}}, key: "k\r\nBcc: evil@example.com"}
	raw, err := l.compose()
	require.NoError(t, err)
	read, err := mail.ReadMessage(bytes.NewReader(raw))
	require.NoError(t, err)
	require.Empty(t, read.Header.Get("Bcc"))
	require.Contains(t, p.HTML, "&lt;h1&gt;", "foreign markup is text")
}
