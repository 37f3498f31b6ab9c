package sandbox

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
)

// Transport answers every request, whatever its host, from this sandbox and without a network: it
// opens no socket and starts no goroutine, so it can be used inside a testing/synctest bubble.
// Faults that lose the connection return the errors that a socket would; delays end with the
// request's context. Events of the inbox cannot be streamed over it.
func (s *Sandbox) Transport() http.RoundTripper { return transport{handler: s.handler} }

type transport struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.Clone(r.Context())
	// SDKs write names of headers as they like; a server reads them in one form.
	in.Header = http.Header{}
	for name, values := range r.Header {
		for _, v := range values {
			in.Header.Add(name, v)
		}
	}
	in.RequestURI = r.URL.RequestURI()
	in.RemoteAddr = "127.0.0.1:0"
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := &memoryWriter{header: http.Header{}}
	t.handler.ServeHTTP(w, in)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if w.dropped != nil {
		return nil, w.dropped
	}
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(bytes.NewReader(w.body.Bytes())), ContentLength: int64(w.body.Len()),
		Request: r,
	}, nil
}

// memoryWriter keeps an answer, or how its connection was lost.
type memoryWriter struct {
	header  http.Header
	status  int
	body    bytes.Buffer
	dropped error
}

// Header implements http.ResponseWriter.
func (w *memoryWriter) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *memoryWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

// Write implements http.ResponseWriter.
func (w *memoryWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// Drop implements stage.Dropper.
func (w *memoryWriter) Drop(refused bool) {
	op, call, errno := "read", "read", syscall.ECONNRESET
	if refused {
		op, call, errno = "dial", "connect", syscall.ECONNREFUSED
	}
	w.dropped = &net.OpError{
		Op: op, Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9096},
		Err: os.NewSyscallError(call, errno),
	}
}
