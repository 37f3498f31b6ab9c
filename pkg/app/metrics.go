package app

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// scrapeTimeout is what a core may take to give its metrics; a scrape goes on without them.
const scrapeTimeout = 5 * time.Second

func newReceived() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "yunluo_received_total",
		Help: "Requests with alerts, by source, kind, contact point (empty if there is none of that name) and status code.",
	}, []string{"source", "kind", "contact_point", "code"})
}

// coreMetrics shows the core's own metrics, wherever it runs, in a registry of this process.
type coreMetrics struct {
	rooms *keeper
	log   *slog.Logger
}

// Describe implements prometheus.Collector. What there is differs from core to core, so nothing is promised.
func (c coreMetrics) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c coreMetrics) Collect(out chan<- prometheus.Metric) {
	r, _ := c.rooms.peek()
	if r == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	text, err := r.core.Metrics(ctx)
	if err != nil {
		c.log.Warn("metrics of the core are missing", "error", err)
		return
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		c.log.Warn("metrics of the core cannot be read", "error", err)
		return
	}
	for name, family := range families {
		if !strings.HasPrefix(name, "yunluo_") {
			// The Go runtime's are this process's own here.
			continue
		}
		for _, m := range family.GetMetric() {
			out <- coreMetric{desc: describe(family, m), metric: m}
		}
	}
}

func describe(family *dto.MetricFamily, m *dto.Metric) *prometheus.Desc {
	var labels []string
	for _, l := range m.GetLabel() {
		labels = append(labels, l.GetName())
	}
	return prometheus.NewDesc(family.GetName(), family.GetHelp(), labels, nil)
}

// coreMetric is a metric as the core gave it.
type coreMetric struct {
	desc   *prometheus.Desc
	metric *dto.Metric
}

// Desc implements prometheus.Metric.
func (m coreMetric) Desc() *prometheus.Desc { return m.desc }

// Write implements prometheus.Metric.
func (m coreMetric) Write(out *dto.Metric) error {
	out.Label = m.metric.GetLabel()
	out.Counter, out.Gauge, out.Histogram = m.metric.GetCounter(), m.metric.GetGauge(), m.metric.GetHistogram()
	out.Summary, out.Untyped = m.metric.GetSummary(), m.metric.GetUntyped()
	return nil
}
