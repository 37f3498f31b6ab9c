package receiver_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/receiver"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
)

func started(tb testing.TB, c *config.Config) (*bench, string) {
	tb.Helper()
	c.Listen.Address = "127.0.0.1:0"
	b := setUp(tb, c)
	require.NoError(tb, b.Start(tb.Context()))
	tb.Cleanup(func() { require.NoError(tb, b.Stop(context.WithoutCancel(tb.Context()))) })
	return b, "http://" + b.Addr().String()
}

func send(tb testing.TB, client *http.Client, url, body string) (int, string) {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, url, strings.NewReader(body))
	require.NoError(tb, err)
	res, err := client.Do(r)
	require.NoError(tb, err)
	defer func() { require.NoError(tb, res.Body.Close()) }()
	return res.StatusCode, readAll(tb, res.Body)
}

func TestStartAndStopMayComeTwice(t *testing.T) {
	c := loopback()
	c.Listen.Address = "127.0.0.1:0"
	b := setUp(t, c)
	require.NoError(t, b.Stop(t.Context()), "stop before start")
	for range 2 {
		require.NoError(t, b.Start(t.Context()))
		address := b.Addr().String()
		require.NoError(t, b.Start(t.Context()))
		require.Equal(t, address, b.Addr().String(), "a second start changes nothing")
		status, _ := send(t, &http.Client{Transport: &http.Transport{}}, "http://"+address+alertsPath, alertsBody)
		require.Equal(t, http.StatusOK, status)
		done := b.Done()
		var wait sync.WaitGroup
		for range 3 {
			wait.Go(func() { require.NoError(t, b.Stop(t.Context())) })
		}
		wait.Wait()
		<-done
		require.NoError(t, b.Err())
		require.Nil(t, b.Addr())
	}
}

func TestStartNamesAnAddressInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	c := loopback()
	c.Listen.Address = taken.Addr().String()
	require.ErrorContains(t, setUp(t, c).Start(t.Context()), "choose a free address")
}

func TestStopLetsRequestsEnd(t *testing.T) {
	b, url := started(t, loopback())
	inside, leave := make(chan struct{}), make(chan struct{})
	b.core.submit = func(core.Submission) (core.Result, error) {
		close(inside)
		<-leave
		return core.Result{State: core.StateWaiting}, nil
	}
	sent := make(chan int)
	go func() {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, url+alertsPath, strings.NewReader(alertsBody))
		res, err := (&http.Client{Transport: &http.Transport{}}).Do(r)
		if err != nil {
			sent <- 0
			return
		}
		_ = res.Body.Close()
		sent <- res.StatusCode
	}()
	<-inside
	stopped := make(chan error)
	go func() { stopped <- b.Stop(context.WithoutCancel(t.Context())) }()
	require.Eventually(t, func() bool {
		return b.do(http.MethodGet, "/readyz", "").Code == http.StatusServiceUnavailable
	}, 10*time.Second, time.Millisecond, "stopping is not ready")
	close(leave)
	require.Equal(t, http.StatusAccepted, <-sent)
	require.NoError(t, <-stopped)
}

func TestStopGivesUpWhenItsTimeIsOver(t *testing.T) {
	b, url := started(t, loopback())
	inside, leave := make(chan struct{}), make(chan struct{})
	b.core.submit = func(core.Submission) (core.Result, error) {
		close(inside)
		<-leave
		return core.Result{}, nil
	}
	defer close(leave)
	failed := make(chan error)
	go func() {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, url+alertsPath, strings.NewReader(alertsBody))
		res, err := (&http.Client{Transport: &http.Transport{}}).Do(r)
		if err == nil {
			_, err = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
		}
		failed <- err
	}()
	<-inside
	over, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, b.Stop(over), context.Canceled)
	require.Error(t, <-failed)
}

func TestReloadWhileRequestsAreServed(t *testing.T) {
	b := setUp(t, closed())
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 100 {
				w := b.post(alertsPath, alertsBody, "Authorization", "Bearer "+tokenA)
				if w.Code != http.StatusOK && w.Code != http.StatusUnauthorized {
					t.Errorf("status %d: %s", w.Code, w.Body)
				}
			}
		})
	}
	wait.Go(func() {
		for i := range 100 {
			c := closed()
			c.Sources["am"] = config.Source{Name: "am", Token: secret.New(fmt.Sprintf("%s%d", tokenA, i%2))}
			if err := b.SetConfig(c); err != nil {
				t.Error(err)
			}
		}
	})
	wait.Wait()
	require.NoError(t, b.SetConfig(closed()))
	require.Equal(t, http.StatusOK, b.post(alertsPath, alertsBody, "Authorization", "Bearer "+tokenA).Code)
}

func TestBadConfigurationLeavesTheOldOne(t *testing.T) {
	b := setUp(t, closed())
	open := loopback()
	open.Listen.Address = "0.0.0.0:9095"
	require.Error(t, b.SetConfig(open))
	require.Error(t, b.SetConfig(nil))
	require.Equal(t, http.StatusUnauthorized, b.post(alertsPath, alertsBody).Code)
}

func TestNewNeedsCoreAndConfiguration(t *testing.T) {
	_, err := receiver.New(receiver.Options{Config: loopback()})
	require.ErrorContains(t, err, "core")
	_, err = receiver.New(receiver.Options{Core: &fakeCore{}})
	require.ErrorContains(t, err, "configuration")
}

func BenchmarkOneAlertFromAlertmanager(b *testing.B) {
	body, err := os.ReadFile("../source/alertmanager/testdata/alertmanager_0.34.2_firing_single.body.json")
	require.NoError(b, err)
	set := setUp(b, closed())
	text := string(body)
	b.ReportAllocs()
	for b.Loop() {
		set.core.seen = set.core.seen[:0]
		if w := set.post(alertmanagerPath, text, "Authorization", "Bearer "+tokenA); w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}

func TestAReloadSaysWhatWaitsForARestart(t *testing.T) {
	c := loopback()
	for name, change := range map[string]func(*config.Config){
		"configuration reloaded\n":                                   func(*config.Config) {},
		"configuration reloaded; restart to change store.path\n":     func(c *config.Config) { c.Store.Path = "/elsewhere" },
		"configuration reloaded; restart to change listen.address\n": func(c *config.Config) { c.Listen.Address = "127.0.0.1:1" },
	} {
		var s *receiver.Server
		s, err := receiver.New(receiver.Options{Core: &fakeCore{}, Config: c, Reload: func(context.Context) error {
			changed := *c
			change(&changed)
			return s.SetConfig(&changed)
		}})
		require.NoError(t, err)
		for range 2 { // It waits until then, however often one asks.
			w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/-/reload", nil)
			r.RemoteAddr = "127.0.0.1:1"
			r.Header.Set("Accept-Language", "en")
			s.Handler().ServeHTTP(w, r)
			require.Equal(t, name, w.Body.String())
		}
	}
}
