package engine

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/store"
)

// metrics are the core's figures. Labels are bounded by the configuration and by closed lists.
type metrics struct {
	registry   *prometheus.Registry
	submitted  *prometheus.CounterVec
	deliveries *prometheus.CounterVec
	attempts   *prometheus.CounterVec
	endToEnd   *prometheus.HistogramVec
	provider   *prometheus.HistogramVec
	limitWaits *prometheus.CounterVec
	refusals   *prometheus.CounterVec
	tokens     *prometheus.CounterVec
	folded     *prometheus.CounterVec
	superseded *prometheus.CounterVec
	fates      *prometheus.CounterVec
	quota      *prometheus.GaugeVec
	templates  prometheus.Counter
	unstored   prometheus.Counter
	reloads    *prometheus.CounterVec
}

func newMetrics() *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	}
	m := &metrics{
		registry:   prometheus.NewRegistry(),
		submitted:  counter("yunluo_submitted_total", "Groups submitted, by what they were: new, change, resolved, repeat or duplicate.", "contact_point", "change"),
		deliveries: counter("yunluo_deliveries_total", "Deliveries that ended, by outcome and reason.", "account", "type", "outcome", "reason"),
		attempts:   counter("yunluo_attempts_total", "Calls to providers, by operation and outcome.", "account", "type", "op", "outcome"),
		endToEnd: histogram("yunluo_delivery_seconds", "Time from accepting a delivery to its end.",
			[]float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 21600}, "account", "type", "outcome"),
		provider: histogram("yunluo_provider_seconds", "Time that providers took to answer.",
			[]float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}, "account", "type", "op"),
		limitWaits: counter("yunluo_limit_waits_total", "Times a lane waited for a limit.", "account", "type"),
		refusals:   counter("yunluo_limit_refusals_total", "Times a provider refused because of a limit all the same.", "account", "type"),
		tokens:     counter("yunluo_tokens_refreshed_total", "Access tokens fetched.", "account", "type"),
		folded:     counter("yunluo_folded_total", "Deliveries folded into a digest.", "account", "type"),
		superseded: counter("yunluo_superseded_total", "Deliveries told by a newer one of their group.", "account", "type"),
		fates:      counter("yunluo_fates_total", "What became of messages and calls later, such as answered or unanswered.", "account", "type", "fate"),
		quota:      prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "yunluo_quota_used_ratio", Help: "Part of the plan's calls that this month used."}, []string{"account", "type"}),
		templates:  prometheus.NewCounter(prometheus.CounterOpts{Name: "yunluo_template_failures_total", Help: "Messages for which a template failed and the default was used."}),
		unstored:   prometheus.NewCounter(prometheus.CounterOpts{Name: "yunluo_store_failures_total", Help: "Transactions that could not be stored."}),
		reloads:    counter("yunluo_config_reloads_total", "Reloads of the configuration, by result.", "result"),
	}
	m.registry.MustRegister(m.submitted, m.deliveries, m.attempts, m.endToEnd, m.provider, m.limitWaits, m.refusals,
		m.tokens, m.folded, m.superseded, m.fates, m.quota, m.templates, m.unstored, m.reloads)
	return m
}

// begin has an account's counters that people are alerted by start from 0: one that appears with its first failure has not
// increased since Prometheus knows it.
func (m *metrics) begin(name, typ string) {
	for _, c := range []*prometheus.CounterVec{m.limitWaits, m.refusals, m.folded, m.superseded} {
		c.WithLabelValues(name, typ)
	}
	for _, r := range []sender.Reason{
		sender.ReasonAuth, sender.ReasonPermission, sender.ReasonRecipient, sender.ReasonMessage, sender.ReasonRateLimited,
		sender.ReasonUnavailable, sender.ReasonTimeout, sender.ReasonConfig,
	} {
		m.deliveries.WithLabelValues(name, typ, store.Failed, string(r))
	}
	m.deliveries.WithLabelValues(name, typ, store.Unknown, string(sender.ReasonOutcomeUnknown))
}

// gauge adds a figure that is read when metrics are.
func (m *metrics) gauge(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}
