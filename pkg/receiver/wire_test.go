package receiver_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/core"
)

func TestSlowAndBrokenBodiesOverTheWire(t *testing.T) {
	b, url := started(t, loopback())
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	require.NoError(t, err)
	_, err = io.WriteString(conn, "POST "+alertsPath+" HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"title\"")
	require.NoError(t, err)
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	answer := readAll(t, conn)
	require.NoError(t, conn.Close())
	require.Contains(t, answer, "400 Bad Request")
	require.Contains(t, answer, "Connection: close")
	require.Contains(t, answer, "before the whole body had arrived")
	require.Zero(t, b.core.count())
}

func TestHugeHeadersAreRefused(t *testing.T) {
	_, url := started(t, loopback())
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+alertsPath, strings.NewReader(alertsBody))
	require.NoError(t, err)
	r.Header.Set("X-Large", strings.Repeat("x", 64<<10))
	res, err := (&http.Client{Transport: &http.Transport{}}).Do(r)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, res.StatusCode)
}

// slowBody is a body whose connection has run out of time.
type slowBody struct{}

func (slowBody) Read([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }

func TestSlowBodyIs408(t *testing.T) {
	b := setUp(t, loopback())
	w := b.serve(httptest.NewRequest(http.MethodPost, alertsPath, slowBody{}))
	require.Equal(t, http.StatusRequestTimeout, w.Code)
	require.Contains(t, w.Body.String(), "60 seconds")
}

func TestCallerThatLeftIsNoError(t *testing.T) {
	b := setUp(t, loopback())
	gone, leave := context.WithCancel(t.Context())
	b.core.submit = func(core.Submission) (core.Result, error) {
		leave()
		return core.Result{}, fmt.Errorf("%w: %w", core.ErrUnreachable, context.Canceled)
	}
	b.serve(httptest.NewRequestWithContext(gone, http.MethodPost, alertsPath, strings.NewReader(alertsBody)))
	require.NotContains(t, b.log.String(), `"level":"ERROR"`)
	require.Contains(t, b.do(http.MethodGet, "/metrics", "").Body.String(), `code="499"`)
}

func TestTLSCertificateIsRenewedByReload(t *testing.T) {
	c := loopback()
	c.Listen.Address = "127.0.0.1:0"
	c.Listen.TLSCert, c.Listen.TLSKey = certificate(t, "first.example")
	b := setUp(t, c)
	require.NoError(t, b.Start(t.Context()))
	defer func() { require.NoError(t, b.Stop(context.WithoutCancel(t.Context()))) }()
	require.Equal(t, "first.example", servedName(t, b.Addr().String()))
	renewed := *c
	renewed.Listen.TLSCert, renewed.Listen.TLSKey = certificate(t, "second.example")
	require.NoError(t, b.SetConfig(&renewed))
	require.Equal(t, "second.example", servedName(t, b.Addr().String()))
	broken := *c
	broken.Listen.TLSCert = "/nonexistent"
	require.ErrorContains(t, b.SetConfig(&broken), "listen.tls_cert")
}

func servedName(t *testing.T, address string) string {
	t.Helper()
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}
	conn, err := dialer.DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	return conn.(*tls.Conn).ConnectionState().PeerCertificates[0].Subject.CommonName
}

// certificate writes a certificate of that name and its key.
func certificate(t *testing.T, name string) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	return certFile, keyFile
}
