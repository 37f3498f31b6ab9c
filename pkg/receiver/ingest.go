package receiver

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/answer"
	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/source"
	"github.com/yunluo-alerts/yunluo/pkg/source/alertmanager"
	"github.com/yunluo-alerts/yunluo/pkg/source/api"
	"github.com/yunluo-alerts/yunluo/pkg/source/grafana"
	"github.com/yunluo-alerts/yunluo/pkg/source/zabbix"
)

const (
	// maxWait bounds ?wait=.
	maxWait = 60 * time.Second
	// submitTimeout is what a core may take to store a group, the wait for the outcome not counted.
	submitTimeout = 20 * time.Second
)

// kind is one system's route.
type kind struct {
	name   string
	path   string
	decode func([]byte, config.Labels, config.Defaults) (alert.Group, error)
	// told reads what the source remembers of how a group was told; nil where it remembers nothing.
	told func([]byte) []core.Told
	// wait is how long a submit waits for the first outcome unless the source or ?wait= says otherwise.
	wait    time.Duration
	methods []string
	// example is a body for the curl line that a GET is answered with.
	example string
}

func kinds() []kind {
	return []kind{
		{
			name: alertmanager.Kind, path: "/api/v1/alertmanager", decode: alertmanager.Decode, methods: []string{http.MethodPost},
			example: `{"version":"4","groupKey":"test","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"test"}}]}`,
		},
		{
			// Grafana's contact point lets its user choose PUT.
			name: grafana.Kind, path: "/api/v1/grafana", decode: grafana.Decode, wait: 5 * time.Second,
			methods: []string{http.MethodPost, http.MethodPut},
			example: `{"version":"1","groupKey":"test","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"test"}}]}`,
		},
		{
			name: api.Kind, path: "/api/v1/alerts", decode: api.Decode, methods: []string{http.MethodPost},
			example: `{"title":"test","severity":"info"}`,
		},
		{
			name: zabbix.Kind, path: "/api/v1/zabbix", decode: zabbix.Decode, told: zabbix.Told, methods: []string{http.MethodPost},
			example: `{"event":"1","value":"1","nseverity":"4","name":"test"}`,
		},
	}
}

// taken is what is known of a request so far; it feeds answer, metrics and log.
type taken struct {
	contactPoint string
	source       string
	wait         time.Duration
	told         []core.Told
	result       core.Result
	// known means that the core has accepted the contact point.
	known bool
}

// ingest serves one kind's route.
func (s *Server) ingest(k kind) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, v := s.now(), s.view.Load()
		// Invalid UTF-8 could neither cross the boundary nor be a name.
		t := taken{contactPoint: strings.ToValidUTF8(r.PathValue("contact_point"), "\ufffd")}
		f := s.accept(w, r, v, k, &t)
		var status int
		if f != nil {
			status = f.Status
			answer.WriteFault(w, r, v.language(), f)
			s.logFault(r, k.name, t.source, f)
		} else {
			status = answer.WriteResult(w, r, v.language(), t.result, s.tagsFor(v, k, t.result))
		}
		s.metrics.received.WithLabelValues(t.source, k.name, t.label(v), strconv.Itoa(status)).Inc()
		if f == nil {
			s.metrics.accept.WithLabelValues(k.name, strconv.FormatBool(t.wait > 0)).Observe(s.now().Sub(start).Seconds())
		}
	})
}

// label is the contact point as metrics may name it: only names that exist, and no addresses of people.
func (t *taken) label(v *view) string {
	_, configured := v.cfg.ContactPoints[t.contactPoint]
	switch {
	case configured:
		return t.contactPoint
	case t.known && strings.Contains(t.contactPoint, "/"):
		return "direct"
	case t.known:
		return t.contactPoint
	}
	return ""
}

// accept takes a request as far as the core.
func (s *Server) accept(w http.ResponseWriter, r *http.Request, v *view, k kind, t *taken) *answer.Fault {
	if !slices.Contains(k.methods, r.Method) {
		return v.wrongMethod(k.methods, k.path+"/"+escaped(t.contactPoint, "payments"), k.example)
	}
	if t.contactPoint == "" {
		return s.noContactPoint(r.Context(), v, k)
	}
	if name := strings.TrimRight(t.contactPoint, "/"); name != t.contactPoint {
		return trailingSlash(k.path, name)
	}
	if f := s.foreignOrigin(r); f != nil {
		return f
	}
	c, f := s.claimOf(r, v)
	if f != nil {
		return f
	}
	asked, f := query(r)
	if f != nil {
		return f
	}
	buf, ok := s.buffers.Get().(*bytes.Buffer)
	if !ok {
		buf = new(bytes.Buffer)
	}
	defer s.recycle(buf)
	if f = readBody(w, r, buf); f != nil {
		return f
	}
	s.metrics.size.WithLabelValues(k.name).Observe(float64(buf.Len()))
	if c.signature != "" {
		if c.source, f = v.bySigned(r.Header, c.signature, buf.Bytes(), s.now(), false); f != nil {
			return f
		}
	}
	if t.source, f = v.sourceOf(c.source, asked.source); f != nil {
		return f
	}
	t.wait = s.waitFor(v, k, t.source, asked)
	return s.submit(r.Context(), v, k, buf.Bytes(), t)
}

// tagsFor are what Zabbix keeps with an event: the way to its card, and to what became of its messages.
func (s *Server) tagsFor(v *view, k kind, r core.Result) map[string]string {
	if k.name != zabbix.Kind {
		return nil
	}
	tags := zabbix.Tags(r.Deliveries)
	if v.cfg.PublicURL != "" && r.GroupID != "" {
		tags[zabbix.TagURL] = strings.TrimRight(v.cfg.PublicURL, "/") + groupPath + r.GroupID
	}
	return tags
}

func (s *Server) recycle(buf *bytes.Buffer) {
	if buf.Cap() > pooledBody {
		return
	}
	buf.Reset()
	s.buffers.Put(buf)
}

func (s *Server) submit(ctx context.Context, v *view, k kind, body []byte, t *taken) *answer.Fault {
	group, err := s.decode(ctx, v, k, body)
	if err != nil {
		return s.faultOf(ctx, v, t.contactPoint, err)
	}
	group.Source = t.source
	if k.told != nil {
		t.told = k.told(body)
	}
	bounded, cancel := context.WithTimeout(ctx, t.wait+submitTimeout)
	defer cancel()
	t.result, err = s.core.Submit(bounded, core.Submission{
		Tenant: config.MainTenant, ContactPoint: t.contactPoint, Group: group, Told: t.told, Wait: t.wait,
	})
	if err != nil {
		s.logRefusal(ctx, k, t.source, err)
		return s.faultOf(ctx, v, t.contactPoint, err)
	}
	t.known = true
	return nil
}

// decode lets only a few big bodies be decoded at once.
func (s *Server) decode(ctx context.Context, v *view, k kind, body []byte) (alert.Group, error) {
	if len(body) >= largeBody {
		select {
		case s.large <- struct{}{}:
			defer func() { <-s.large }()
		case <-ctx.Done():
			return alert.Group{}, context.Cause(ctx)
		}
	}
	return k.decode(body, v.cfg.Labels, v.cfg.Defaults)
}

// waitFor is zero while it stops, so that stopping is not held up.
func (s *Server) waitFor(v *view, k kind, name string, asked asked) time.Duration {
	configured := v.cfg.Sources[name].Wait
	switch {
	case s.draining.Load():
		return 0
	case asked.wait != nil:
		return *asked.wait
	case configured != nil:
		return min(max(*configured, 0), maxWait)
	}
	return k.wait
}

// asked is what the query of a request says.
type asked struct {
	source string
	wait   *time.Duration
}

// query reads the two parameters that there are; a third one is a mistake that nobody would notice otherwise.
func query(r *http.Request) (asked, *answer.Fault) {
	var a asked
	if r.URL.RawQuery == "" {
		return a, nil
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return a, badQuery("?… 不是合法的查询串；请对值做 URL 转义", "the query of the URL is not valid; escape its values")
	}
	for name := range values {
		switch name {
		case "source":
			a.source = values.Get(name)
		case "wait":
			wait, f := parseWait(values.Get(name))
			if f != nil {
				return a, f
			}
			a.wait = &wait
		default:
			known := []string{"source", "wait"}
			text := answer.DidYouMean(lang.Text{
				ZH: "没有 ?" + source.Quote(name) + " 这个参数",
				EN: "there is no parameter " + source.Quote(name),
			}, source.Nearest(name, known), known)
			return a, badQuery(text.ZH, text.EN)
		}
	}
	return a, nil
}

func parseWait(value string) (time.Duration, *answer.Fault) {
	d, err := time.ParseDuration(value)
	switch {
	case err != nil:
		return 0, badQuery("?wait="+source.Quote(value)+" 不是时长；请写成 5s", "?wait="+source.Quote(value)+" is not a duration; write 5s")
	case d < 0 || d > maxWait:
		return 0, badQuery("?wait= 应在 0s 到 60s 之间", "?wait= has to be from 0s to 60s")
	}
	return d, nil
}

func badQuery(zh, en string) *answer.Fault {
	return &answer.Fault{Status: http.StatusBadRequest, Code: "invalid_query", Text: lang.Text{ZH: zh, EN: en}}
}
