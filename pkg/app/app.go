// Package app is the backend of the Grafana app: it takes what Grafana's webhook contact points send, answers the app's
// pages, and keeps one core for all organisations of a Grafana.
package app

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/instancemgmt"
	"github.com/grafana/grafana-plugin-sdk-go/backend/resource/httpadapter"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// ID is the app's, as in plugin.json.
const ID = "yunluo-notify-app"

// Options are what an App is made of. Types and Getenv are required.
type Options struct {
	Types []sender.Manifest
	// Getenv reads the environment, where Grafana puts [plugin.yunluo-notify-app] of its configuration as GF_PLUGIN_*.
	Getenv func(string) string
	// Logger defaults to one that discards.
	Logger *slog.Logger
	// Registerer takes the metrics; nil means none.
	Registerer prometheus.Registerer
	Build      string
	// Transport replaces the network in tests.
	Transport http.RoundTripper
}

// App lives as long as its process. Grafana has an instance made for every organisation and after every change of its
// settings; what must outlive those is here.
type App struct {
	o         Options
	log       *slog.Logger
	place     place
	rooms     *keeper
	seals     *seals
	received  *prometheus.CounterVec
	resources backend.CallResourceHandler
	// large bounds how many big bodies are decoded at once, since each takes several times its size.
	large chan struct{}

	mu      sync.Mutex
	tenants map[int64]*tenant
}

// New begins to open the core, so that what waits on disk goes on although Grafana makes no instance before somebody
// asks for one. What is wrong with the surroundings is told by the health check and by every answer.
func New(ctx context.Context, o Options) *App {
	a := &App{o: o, log: o.Logger, place: placeFrom(o.Getenv), large: make(chan struct{}, largeAtOnce), tenants: map[int64]*tenant{}}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	a.seals = newSeals(a.place)
	open := a.openEngine
	if a.place.attached() {
		open = a.attach
	}
	a.rooms = newKeeper(ctx, open, a.settleAll)
	a.received = newReceived()
	if o.Registerer != nil {
		o.Registerer.MustRegister(a.received, coreMetrics{rooms: a.rooms, log: a.log})
	}
	a.resources = httpadapter.New(a.routes())
	a.rooms.begin()
	return a
}

// Close lets go of the core, and ends it if it is in this process. Closing twice is fine.
func (a *App) Close() error { return a.rooms.close() }

// instance is what Grafana's SDK keeps for one organisation until its settings change.
type instance struct {
	app    *App
	tenant *tenant
}

var (
	_ backend.CallResourceHandler = (*instance)(nil)
	_ backend.CheckHealthHandler  = (*instance)(nil)
)

// NewInstance takes the settings of an organisation. It never fails, since then not even the page that would put the
// settings right could be served.
//
//nolint:ireturn // it is what the SDK's factories are
func (a *App) NewInstance(ctx context.Context, s backend.AppInstanceSettings) (instancemgmt.Instance, error) {
	t := a.tenantOf(orgOf(ctx))
	t.offer(a.read(t.org, s))
	if r, _ := a.rooms.peek(); r != nil {
		a.settle(r, t) //nolint:contextcheck // a transaction belongs to no caller: a cancelled one must not tear it
	}
	return &instance{app: a, tenant: t}, nil
}

// CallResource implements backend.CallResourceHandler.
func (i *instance) CallResource(ctx context.Context, r *backend.CallResourceRequest, s backend.CallResourceResponseSender) error {
	return i.app.callResource(ctx, r, s)
}

// CheckHealth implements backend.CheckHealthHandler.
func (i *instance) CheckHealth(ctx context.Context, _ *backend.CheckHealthRequest) (*backend.CheckHealthResult, error) {
	return i.app.checkHealth(ctx, i.tenant)
}

// orgOf is the organisation that a call is for. Namespace, which is to replace it, was empty in Grafana 12.4.
func orgOf(ctx context.Context) int64 {
	return backend.PluginConfigFromContext(ctx).OrgID //nolint:staticcheck // measured: only this one is set
}

func (a *App) tenantOf(org int64) *tenant {
	a.mu.Lock()
	defer a.mu.Unlock()
	t, ok := a.tenants[org]
	if !ok {
		t = &tenant{org: org, name: a.place.tenant(org)}
		a.tenants[org] = t
	}
	return t
}

// answerWithin bounds every answer to Grafana, which gives up on a test after 15 s and on a notification after 30 s.
const answerWithin = 10 * time.Second
