package receiver_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/receiver"
)

func TestReadyzSaysWhyNotInBothLanguages(t *testing.T) {
	b := setUp(t, loopback())
	require.Equal(t, http.StatusOK, b.do(http.MethodGet, "/readyz", "").Code)

	b.core.health = func() (core.Health, error) {
		return core.Health{Problems: []lang.Text{{ZH: "磁盘已满", EN: "the disk is full"}}}, nil
	}
	w := b.do(http.MethodGet, "/readyz", "")
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Contains(t, w.Body.String(), "磁盘已满\nthe disk is full\n")
	require.JSONEq(t, `{"ready":false,"problems":[{"zh":"磁盘已满","en":"the disk is full"}]}`,
		b.do(http.MethodGet, "/readyz", "", "Accept", "application/json").Body.String())

	b.core.health = func() (core.Health, error) { return core.Health{}, core.ErrUnreachable }
	w = b.do(http.MethodGet, "/readyz", "")
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Contains(t, w.Body.String(), "联系不上核心进程")
	require.Contains(t, w.Body.String(), "the core cannot be reached")
	require.Equal(t, http.StatusOK, b.do(http.MethodGet, "/healthz", "").Code, "the receiver itself stands")
}

// families reads an exposition as Prometheus would.
func families(t *testing.T, text string) map[string]int {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	read, err := parser.TextToMetricFamilies(strings.NewReader(text))
	require.NoError(t, err)
	sizes := map[string]int{}
	for name, f := range read {
		sizes[name] = len(f.GetMetric())
	}
	return sizes
}

func TestMetricsAreOneExpositionWithTheCores(t *testing.T) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector())
	b := setUp(t, loopback(), func(o *receiver.Options) { o.Registry = registry })
	b.core.metrics = func() ([]byte, error) {
		return []byte("# TYPE yunluo_queue_depth gauge\nyunluo_queue_depth{account=\"a\"} 3\n" +
			"# TYPE go_goroutines gauge\ngo_goroutines 7\n# TYPE yunluo_core_up counter\nyunluo_core_up 9\n"), nil
	}
	b.post(alertsPath, alertsBody)
	b.post("/api/v1/alerts/unheard-of", `{`)
	text := b.do(http.MethodGet, "/metrics", "").Body.String()
	sizes := families(t, text)
	require.Equal(t, 1, sizes["yunluo_queue_depth"])
	require.Equal(t, 2, sizes["go_goroutines"])
	require.Contains(t, text, `go_goroutines{process="core"} 7`)
	require.Contains(t, text, "yunluo_core_up 1\n", "of two types, ours wins")
	require.Contains(t, text, `yunluo_received_total{code="200",contact_point="payments",kind="api",source="default"} 1`)
	require.Contains(t, text, `yunluo_received_total{code="400",contact_point="",kind="api",source="default"} 1`)
	require.Contains(t, text, `yunluo_accept_seconds_count{kind="api",waited="false"} 1`)
	require.Contains(t, text, `yunluo_requests_in_flight 1`)
	require.Contains(t, text, `yunluo_request_bytes_count{kind="api"} 2`)
}

func TestMetricsWithoutTheCore(t *testing.T) {
	b := setUp(t, loopback())
	for _, broken := range []func() ([]byte, error){
		func() ([]byte, error) { return nil, errors.Join(core.ErrUnreachable) },
		func() ([]byte, error) { return []byte("yunluo_queue_depth{ 3\n"), nil },
	} {
		b.core.metrics = broken
		w := b.do(http.MethodGet, "/metrics", "")
		require.Equal(t, http.StatusOK, w.Code)
		require.Contains(t, w.Body.String(), "yunluo_core_up 0\n")
		families(t, w.Body.String())
	}
}

func TestOnlyConfiguredVerifyFilesAreServed(t *testing.T) {
	c := loopback()
	c.Listen.VerifyFiles = []string{"WW_verify_YpAqDE4xoAPsmGSK.txt"}
	b := setUp(t, c)
	w := b.do(http.MethodGet, "/WW_verify_YpAqDE4xoAPsmGSK.txt", "")
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, "YpAqDE4xoAPsmGSK", w.Body.String(), "no quotes, no line break")
	for _, path := range []string{"/WW_verify_other.txt", "/ww_verify_YpAqDE4xoAPsmGSK.txt", "/x/WW_verify_YpAqDE4xoAPsmGSK.txt", "/WW_verify_YpAqDE4xoAPsmGSK.txt/", "/etc"} {
		require.Equal(t, http.StatusNotFound, b.do(http.MethodGet, path, "").Code, path)
	}
	require.Equal(t, http.StatusNotFound, setUp(t, loopback()).do(http.MethodGet, "/WW_verify_YpAqDE4xoAPsmGSK.txt", "").Code)
}

func TestASlashAtTheEndIsNamed(t *testing.T) {
	w := setUp(t, loopback()).post("/api/v1/alertmanager/payments/", "{}", "Accept-Language", "en")
	require.Equal(t, http.StatusNotFound, w.Code)
	require.Contains(t, w.Body.String(), `the path has a slash at its end: use "/api/v1/alertmanager/payments"`)
}
