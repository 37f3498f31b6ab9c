package receiver

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/yunluo-alerts/yunluo/pkg/answer"
)

type metrics struct {
	received *prometheus.CounterVec
	accept   *prometheus.HistogramVec
	size     *prometheus.HistogramVec
	inFlight prometheus.Gauge
	coreUp   prometheus.Gauge
	panics   prometheus.Counter
}

func newMetrics(registry *prometheus.Registry) (*metrics, error) {
	m := &metrics{
		received: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yunluo_received_total",
			Help: "Requests with alerts, by source, kind, contact point (empty if there is none of that name, direct for a single target) and status code.",
		}, []string{"source", "kind", "contact_point", "code"}),
		accept: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "yunluo_accept_seconds",
			Help:    "Time from a request's headers to its answer, for what was stored; waited tells whether the caller waited for the first outcome.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}, []string{"kind", "waited"}),
		size: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "yunluo_request_bytes",
			Help:    "Size of bodies after inflation.",
			Buckets: prometheus.ExponentialBuckets(256, 4, 9),
		}, []string{"kind"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "yunluo_requests_in_flight", Help: "Requests that are being served.",
		}),
		coreUp: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "yunluo_core_up", Help: "Whether the core answered this scrape.",
		}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yunluo_receiver_panics_total", Help: "Requests that were answered with 500 because their handler panicked.",
		}),
	}
	for _, c := range []prometheus.Collector{m.received, m.accept, m.size, m.inFlight, m.coreUp, m.panics} {
		if err := registry.Register(c); err != nil {
			return nil, fmt.Errorf("receiver: register metrics: %w; give each receiver a registry of its own", err)
		}
	}
	return m, nil
}

// scrapeTimeout is what a core may take to give its metrics; a scrape goes on without them.
const scrapeTimeout = 5 * time.Second

// exposition answers /metrics with the receiver's metrics and the core's.
func (s *Server) exposition(w http.ResponseWriter, r *http.Request) {
	if f := onlyReading(r); f != nil {
		answer.WriteFault(w, r, s.view.Load().language(), f)
		return
	}
	fromCore, err := s.coreMetrics(r.Context())
	if err != nil {
		s.log.WarnContext(r.Context(), "metrics of the core are missing", "error", err)
		s.metrics.coreUp.Set(0)
	} else {
		s.metrics.coreUp.Set(1)
	}
	own, err := s.registry.Gather()
	if err != nil {
		s.log.WarnContext(r.Context(), "metrics are incomplete", "error", err)
	}
	format := expfmt.NegotiateAccept(r.Header, expfmt.DefaultAcceptedFormats()...)
	w.Header().Set("Content-Type", string(format))
	encoder := expfmt.NewEncoder(w, format)
	for _, family := range merged(own, fromCore) {
		if encoder.Encode(family) != nil {
			return // the caller has left
		}
	}
	if closer, ok := encoder.(expfmt.Closer); ok {
		_ = closer.Close()
	}
}

func (s *Server) coreMetrics(ctx context.Context) (map[string]*dto.MetricFamily, error) {
	ctx, cancel := context.WithTimeout(ctx, scrapeTimeout)
	defer cancel()
	text, err := s.core.Metrics(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask the core: %w", err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("read what the core says: %w", err)
	}
	return families, nil
}

// merged adds the core's families to ours, sorted by name. Where both processes have one, such as
// the Go runtime's, the core's are told apart by process="core"; of two types, ours wins.
func merged(own []*dto.MetricFamily, fromCore map[string]*dto.MetricFamily) []*dto.MetricFamily {
	all := make(map[string]*dto.MetricFamily, len(own)+len(fromCore))
	maps.Copy(all, fromCore)
	for _, family := range own {
		other, ok := fromCore[family.GetName()]
		if ok && other.GetType() == family.GetType() {
			for _, m := range other.GetMetric() {
				m.Label = append(m.GetLabel(), &dto.LabelPair{Name: new("process"), Value: new("core")})
			}
			family.Metric = append(family.GetMetric(), other.GetMetric()...)
		}
		all[family.GetName()] = family
	}
	out := make([]*dto.MetricFamily, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out = append(out, all[name])
	}
	return out
}
