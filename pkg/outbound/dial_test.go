package outbound_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// peer answers what is dialled, in memory.
func peer(serve func(address string, c net.Conn)) outbound.DialFunc {
	return func(_ context.Context, _, address string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			serve(address, theirs)
		}()
		return ours, nil
	}
}

func dialer(t *testing.T, proxy string, timeout time.Duration, dial outbound.DialFunc) *outbound.Dialer {
	t.Helper()
	s := settings("")
	s.Proxy, s.Timeout = proxy, timeout
	d, err := outbound.NewDialer(outbound.Options{Settings: s, Dial: dial})
	require.NoError(t, err)
	return d
}

func greeting(t *testing.T, d *outbound.Dialer) (string, error) {
	t.Helper()
	c, err := d.Dial(t.Context(), "mail.example.com:25")
	if err != nil {
		return "", err
	}
	defer c.Close()
	line, err := bufio.NewReader(c).ReadString('\n')
	return strings.TrimSpace(line), err
}

func TestDialGoesStraight(t *testing.T) {
	got, err := greeting(t, dialer(t, "", 0, peer(func(address string, c net.Conn) { _, _ = io.WriteString(c, address+"\n") })))
	require.NoError(t, err)
	require.Equal(t, "mail.example.com:25", got)
}

func TestDialThroughHTTPProxy(t *testing.T) {
	tunnel := peer(func(address string, c net.Conn) {
		r, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil {
			return
		}
		said := strings.TrimPrefix(r.Header.Get("Proxy-Authorization"), "Basic ")
		login, _ := base64.StdEncoding.DecodeString(said)
		// The peer's first words come with the proxy's answer.
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n"+address+" "+r.Method+" "+r.Host+" "+string(login)+"\n")
	})
	got, err := greeting(t, dialer(t, "http://user:proxy-password@proxy.example.com", 0, tunnel))
	require.NoError(t, err)
	require.Equal(t, "proxy.example.com:80 CONNECT mail.example.com:25 user:proxy-password", got)
}

func TestDialThroughSOCKS(t *testing.T) {
	socks := peer(func(address string, c net.Conn) {
		r := bufio.NewReader(c)
		read := func(n int) []byte {
			b := make([]byte, n)
			_, _ = io.ReadFull(r, b)
			return b
		}
		methods := read(2)
		read(int(methods[1]))
		_, _ = c.Write([]byte{5, 2})
		user := string(read(int(read(2)[1])))
		password := string(read(int(read(1)[0])))
		_, _ = c.Write([]byte{1, 0})
		host := string(read(int(read(5)[4])))
		read(2)
		_, _ = c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
		_, _ = io.WriteString(c, address+" "+host+" "+user+":"+password+"\n")
	})
	got, err := greeting(t, dialer(t, "socks5://user:proxy-password@proxy.example.com", 0, socks))
	require.NoError(t, err)
	require.Equal(t, "proxy.example.com:1080 mail.example.com user:proxy-password", got)
}

func TestDialTellsWhatAProxyRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		dial outbound.DialFunc
		hint string
	}{
		"a login": {peer(func(_ string, c net.Conn) {
			_, _ = http.ReadRequest(bufio.NewReader(c))
			_, _ = io.WriteString(c, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
		}), "refused the connection"},
		"no HTTP": {peer(func(_ string, c net.Conn) {
			_, _ = http.ReadRequest(bufio.NewReader(c))
			_, _ = io.WriteString(c, "SSH-2.0 proxy-password\r\n")
		}), "proxy cannot be reached"},
		"down": {func(context.Context, string, string) (net.Conn, error) {
			return nil, errors.New("no route, proxy-password")
		}, "proxy cannot be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := dialer(t, "http://user:proxy-password@proxy.example.com:3128", 0, c.dial).Dial(t.Context(), "mail.example.com:25")
			f := failed(t, err)
			assert.Equal(t, sender.ReasonUnavailable, f.Reason)
			assert.False(t, f.MaybeSent)
			assert.Contains(t, f.Hint.EN, c.hint)
			assert.NotContains(t, err.Error(), "proxy-password")
		})
	}
	_, err := outbound.NewDialer(outbound.Options{Settings: sender.Settings{Proxy: "ftp://x"}})
	require.Equal(t, sender.ReasonConfig, failed(t, err).Reason)
}

func TestAConnectionIsBounded(t *testing.T) {
	t.Run("each wait", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := dialer(t, "", time.Second, peer(func(_ string, c net.Conn) {
				for range 3 {
					time.Sleep(900 * time.Millisecond)
					_, _ = io.WriteString(c, "x")
				}
				_, _ = io.Copy(io.Discard, c)
			}))
			c, err := d.Dial(t.Context(), "x:25")
			require.NoError(t, err)
			defer c.Close()
			start := time.Now()
			said, err := io.ReadAll(c)
			require.Equal(t, "xxx", string(said))
			require.Equal(t, sender.ReasonTimeout, d.Failure(t.Context(), err, true).Reason)
			require.Equal(t, 3700*time.Millisecond, time.Since(start))
		})
	})
	t.Run("the caller's patience", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := dialer(t, "", time.Hour, peer(func(_ string, c net.Conn) { _, _ = io.Copy(io.Discard, c) }))
			ctx, cancel := context.WithCancel(t.Context())
			c, err := d.Dial(ctx, "x:25")
			require.NoError(t, err)
			defer c.Close()
			time.AfterFunc(time.Minute, cancel)
			_, err = c.Read(make([]byte, 1))
			f := d.Failure(ctx, err, false)
			require.ErrorIs(t, f, context.Canceled)
			_, err = c.Write([]byte("x"))
			require.ErrorIs(t, err, context.Canceled)
		})
	})
	t.Run("what is read", func(t *testing.T) {
		d := dialer(t, "", 0, peer(func(_ string, c net.Conn) {
			for {
				if _, err := c.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		}))
		c, err := d.Dial(t.Context(), "x:25")
		require.NoError(t, err)
		defer c.Close()
		said, err := io.ReadAll(c)
		require.ErrorContains(t, err, "1048576 bytes")
		require.Len(t, said, outbound.MaxBody)
	})
}
