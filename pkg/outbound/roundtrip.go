package outbound

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
)

// RoundTripper lets a provider's own SDK call through this client: the same connections, timeout and bound on
// the answer. Its error is a *sender.Failure. Under a watched context the SDK is there to sign: it is told that all
// is well, and the answer is in the Exchange. SDKs flatten what they read into types of their own, follow
// redirects with the signature in them, and Tencent's panics at an answer that is null.
func (c *Client) RoundTripper() http.RoundTripper { return roundTripper{c} }

// Exchange is what the last request under a watched context brought.
type Exchange struct {
	mu       sync.Mutex
	response Response
	err      error
	asked    bool
}

type exchangeKey struct{}

// Watch returns a context whose requests through a RoundTripper are noted in the Exchange.
func Watch(ctx context.Context) (context.Context, *Exchange) {
	e := &Exchange{}
	return context.WithValue(ctx, exchangeKey{}, e), e
}

// Last returns the last answer or the *sender.Failure instead of it, and whether anything was asked at all.
func (e *Exchange) Last() (r Response, asked bool, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.response, e.asked, e.err
}

type roundTripper struct{ client *Client }

// RoundTrip implements http.RoundTripper.
func (t roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := t.client.exchange(r)
	e, watched := r.Context().Value(exchangeKey{}).(*Exchange)
	if watched {
		e.mu.Lock()
		e.response, e.err, e.asked = answer, err, true
		e.mu.Unlock()
	}
	if err != nil {
		return nil, err
	}
	if watched {
		answer = Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(`{"Response":{}}`)}
	}
	return &http.Response{
		Status: http.StatusText(answer.Status), StatusCode: answer.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: answer.Header,
		Body: io.NopCloser(bytes.NewReader(answer.Body)), ContentLength: int64(len(answer.Body)), Request: r,
	}, nil
}
