package receiver

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/answer"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/source"
)

// maxFaults is the largest answer of a reload, which names every fault of a file.
const maxFaults = 16 << 10

// healthTimeout is what a core may take to say how it is.
const healthTimeout = 5 * time.Second

// healthz says that the process stands; it does not ask the core.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	if f := onlyReading(r); f != nil {
		answer.WriteFault(w, r, s.view.Load().language(), f)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

type readyAnswer struct {
	Ready    bool        `json:"ready"`
	Problems []lang.Text `json:"problems"`
}

// readyz says whether an alert that came now would be stored, and in both languages why not.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	if f := onlyReading(r); f != nil {
		answer.WriteFault(w, r, s.view.Load().language(), f)
		return
	}
	a := s.ready(r.Context())
	status := http.StatusOK
	if !a.Ready {
		status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "5")
	}
	if answer.WantsJSON(r) {
		answer.WriteJSON(w, status, a)
		return
	}
	var b strings.Builder
	if a.Ready {
		b.WriteString("ready\n")
	} else {
		b.WriteString("not ready\n")
	}
	for _, p := range a.Problems {
		b.WriteString(p.In(lang.Chinese) + "\n" + p.In(lang.English) + "\n")
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(b.String()))
}

func (s *Server) ready(ctx context.Context) readyAnswer {
	if s.draining.Load() {
		return readyAnswer{Problems: []lang.Text{{ZH: "正在停止，不再接收告警", EN: "it is stopping and takes no more alerts"}}}
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	h, err := s.core.Health(ctx)
	if err != nil {
		return readyAnswer{Problems: []lang.Text{{
			ZH: "联系不上核心进程，现在收到的告警会被拒绝（503）：" + lang.TextOf(err).ZH,
			EN: "the core cannot be reached, so alerts are refused with 503 now: " + err.Error(),
		}}}
	}
	a := readyAnswer{Ready: h.Ready, Problems: h.Problems}
	if a.Problems == nil {
		a.Problems = []lang.Text{}
	}
	if !h.Ready && len(h.Problems) == 0 {
		a.Problems = []lang.Text{{ZH: "核心还没有准备好，请稍候", EN: "the core is not ready yet, wait a moment"}}
	}
	return a
}

// reloading reads the configuration again. It takes the same credentials as an alert; where there
// are none, only this machine may ask.
func (s *Server) reloading(w http.ResponseWriter, r *http.Request) {
	v := s.view.Load()
	if f := s.reloadFault(w, r, v); f != nil {
		answer.WriteFault(w, r, v.language(), f)
		s.logFault(r, "reload", "", f)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	now := s.view.Load()
	done := lang.Text{ZH: "配置已重新加载", EN: "configuration reloaded"}
	if waits := strings.Join(s.waiting(now.cfg), ", "); waits != "" {
		done.ZH += "；" + waits + " 重启后才改变"
		done.EN += "; restart to change " + waits
	}
	//nolint:gosec // texts of ours
	_, _ = w.Write([]byte(done.In(answer.Language(r, now.language())) + "\n"))
}

func (s *Server) reloadFault(w http.ResponseWriter, r *http.Request, v *view) *answer.Fault {
	if r.Method != http.MethodPost {
		return v.wrongMethod([]string{http.MethodPost}, "/-/reload", "")
	}
	if f := s.foreignOrigin(r); f != nil {
		return f
	}
	if f := s.mayReload(w, r, v); f != nil {
		return f
	}
	if s.reload == nil {
		return &answer.Fault{Status: http.StatusNotImplemented, Code: "no_reload", Text: lang.Text{
			ZH: "这个进程不管理配置；请在拥有配置的核心上重新加载", EN: "this process does not own the configuration; reload the core that does",
		}}
	}
	err := s.reload(r.Context())
	if err == nil {
		return nil
	}
	why := lang.TextOf(err)
	var faults worded
	if errors.As(err, &faults) {
		why = lang.Text{ZH: faults.In(lang.Chinese), EN: faults.In(lang.English)}
	}
	if faults != nil || errors.Is(err, core.ErrConfig) {
		return &answer.Fault{Status: http.StatusUnprocessableEntity, Code: "invalid_configuration", Limit: maxFaults, Text: lang.Text{
			ZH: "新配置无效，继续使用原来的配置：" + why.ZH, EN: "the new configuration is not valid and the old one stays in force: " + why.EN,
		}}
	}
	return &answer.Fault{Status: http.StatusInternalServerError, Code: "reload_failed", Limit: maxFaults, Text: lang.Text{
		ZH: "重新加载失败，继续使用原来的配置：" + why.ZH, EN: "reloading failed and the old configuration stays in force: " + why.EN,
	}}
}

// worded is an error of the configuration, which speaks both languages.
type worded interface {
	error
	In(l lang.Language) string
}

// mayReload proves the caller even where listen.allow_open lets anybody send alerts.
func (s *Server) mayReload(w http.ResponseWriter, r *http.Request, v *view) *answer.Fault {
	if !v.closed() {
		if fromThisMachine(r) {
			return nil
		}
		return &answer.Fault{Status: http.StatusForbidden, Code: "not_local", Text: lang.Text{
			ZH: "没有配置任何凭证时，只有本机可以重新加载；请在本机执行，或给某个来源配置 token_file",
			EN: "without any credentials only this machine may reload; ask from there, or give a source a token_file",
		}}
	}
	c, f := s.claimOf(r, v)
	if f != nil {
		return f
	}
	if c.signature != "" {
		var body bytes.Buffer
		if f = readBody(w, r, &body); f != nil {
			return f
		}
		c.source, f = v.bySigned(r.Header, c.signature, body.Bytes(), s.now(), true)
		return f
	}
	if c.source == "" {
		return v.unauthorized(lang.Text{ZH: "请求没有带凭证", EN: "the request has no credential"})
	}
	return nil
}

// fromThisMachine is false behind a proxy, since then every caller seems to be the proxy.
func fromThisMachine(r *http.Request) bool {
	for _, h := range []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via"} {
		if r.Header.Get(h) != "" {
			return false
		}
	}
	return isLoopback(r.RemoteAddr)
}

func onlyReading(r *http.Request) *answer.Fault {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	return &answer.Fault{Status: http.StatusMethodNotAllowed, Code: "method", Allow: "GET, HEAD", Text: lang.Text{
		ZH: "这里只支持 GET", EN: "only GET is allowed here",
	}}
}

// otherwise serves the configured files by which WeCom verifies a domain, and no other name: whoever could have any
// name served could claim the domain.
func (s *Server) otherwise(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	if onlyReading(r) != nil || !slices.Contains(s.view.Load().cfg.Listen.VerifyFiles, name) {
		s.noRoute(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	//nolint:gosec // letters and digits only, as the configuration was checked, and plain text
	_, _ = w.Write([]byte(strings.TrimSuffix(strings.TrimPrefix(name, "WW_verify_"), ".txt")))
}

// noRoute lists the routes that there are.
func (s *Server) noRoute(w http.ResponseWriter, r *http.Request) {
	const routes = "POST /api/v1/alertmanager/{contact_point}, POST /api/v1/grafana/{contact_point}, POST /api/v1/alerts/{contact_point}, " +
		"POST /api/v1/zabbix/{contact_point}, GET /healthz, GET /readyz, GET /metrics, POST /-/reload"
	answer.WriteFault(w, r, s.view.Load().language(), &answer.Fault{Status: http.StatusNotFound, Code: "no_route", Text: lang.Text{
		ZH: "没有这个路径；可用的有 " + routes, EN: "there is no such path; use one of " + routes,
	}})
}

func (s *Server) noContactPoint(ctx context.Context, v *view, k kind) *answer.Fault {
	return &answer.Fault{Status: http.StatusNotFound, Code: "no_contact_point", Text: answer.DidYouMean(lang.Text{
		ZH: "路径里缺少联络点：应为 " + k.path + "/{联络点}", EN: "the path names no contact point: use " + k.path + "/{contact_point}",
	}, nil, s.contactPoints(ctx, v))}
}

// trailingSlash would else be a target of an account that is called like the contact point.
func trailingSlash(path, contactPoint string) *answer.Fault {
	right := path + "/" + contactPoint
	return &answer.Fault{Status: http.StatusNotFound, Code: "trailing_slash", Text: lang.Text{
		ZH: "路径末尾多了一个 /：应为 " + source.Quote(right), EN: "the path has a slash at its end: use " + source.Quote(right),
	}}
}

// wrongMethod shows the request that would be right.
func (v *view) wrongMethod(methods []string, path, body string) *answer.Fault {
	base := v.cfg.PublicURL
	if base == "" {
		scheme := "http://"
		if v.certificate != nil {
			scheme = "https://"
		}
		base = scheme + v.cfg.Listen.Address
	}
	curl := "curl -X POST '" + base + path + "'"
	if v.closed() {
		curl += ` -H "Authorization: Bearer $TOKEN"`
	}
	if body != "" {
		curl += " -H 'Content-Type: application/json' -d '" + body + "'"
	}
	allow := strings.Join(methods, ", ")
	return &answer.Fault{Status: http.StatusMethodNotAllowed, Code: "method", Allow: allow, Text: lang.Text{
		ZH: "这里只支持 " + allow + "，例如：\n" + curl, EN: "only " + allow + " is allowed here, for example:\n" + curl,
	}}
}

// escaped is a contact point as a path segment that is safe inside single quotes.
func escaped(contactPoint, otherwise string) string {
	if contactPoint == "" || len(contactPoint) > 200 {
		return otherwise
	}
	return url.PathEscape(contactPoint)
}
