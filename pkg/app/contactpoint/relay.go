package contactpoint

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/core"
)

// MaxAnswers is how many questions a relay lets somebody answer: more than looking and writing ever take, conflicts included.
const MaxAnswers = 20

// Ask is a question for Grafana that somebody is to put with a login of their own.
type Ask struct {
	Method string `json:"method"`
	// Path begins with a slash and goes behind Grafana's root.
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body,omitempty"`
}

// Answer is what Grafana said. Body is its JSON, or its text as a JSON string.
type Answer struct {
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body"`
}

// Relay is a transport for a Client whose questions somebody else puts to Grafana: it gives the answers that are known
// in order, and keeps the first question that has none. A Client asks the same as long as it is answered the same, so the
// whole is begun anew with every answer. It is for one use, by one goroutine.
type Relay struct {
	answers []Answer
	ask     *Ask
}

var _ http.RoundTripper = (*Relay)(nil)

// NewRelay refuses answers that no Grafana can have given. Its errors Is core.ErrInvalid.
func NewRelay(answers []Answer) (*Relay, error) {
	if len(answers) > MaxAnswers {
		return nil, fmt.Errorf("%w: there are %d answers, and %d at most", core.ErrInvalid, len(answers), MaxAnswers)
	}
	for i, a := range answers {
		if a.Status < http.StatusOK || a.Status > 599 {
			return nil, fmt.Errorf("%w: answers[%d].status is no HTTP status", core.ErrInvalid, i)
		}
	}
	return &Relay{answers: answers}, nil
}

// Ask is the question that is open; nil when there is none.
func (r *Relay) Ask() *Ask { return r.ask }

var errAsked = errors.New("asked, and not answered yet")

// RoundTrip implements http.RoundTripper. It fails when it has no answer, and whoever called then looks at Ask.
func (r *Relay) RoundTrip(q *http.Request) (*http.Response, error) {
	if r.ask != nil {
		return nil, errAsked
	}
	if len(r.answers) == 0 {
		ask := &Ask{Method: q.Method, Path: q.URL.RequestURI(), Headers: map[string]string{}}
		for name := range q.Header {
			ask.Headers[name] = q.Header.Get(name)
		}
		if q.Body != nil {
			defer q.Body.Close()
			body, err := io.ReadAll(q.Body)
			if err != nil {
				return nil, err
			}
			ask.Body = body
		}
		r.ask = ask
		return nil, errAsked
	}
	given := r.answers[0]
	r.answers = r.answers[1:]
	return &http.Response{
		StatusCode: given.Status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(strings.NewReader(given.text())), Request: q,
	}, nil
}

func (a Answer) text() string {
	var text string
	if len(a.Body) == 0 || string(a.Body) == "null" || json.Unmarshal(a.Body, &text) == nil {
		return text
	}
	return string(a.Body)
}
