package receiver

import (
	"crypto/subtle"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/answer"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/source"
	"github.com/yunluo-alerts/yunluo/pkg/source/grafana"
)

// claim is what the headers of a request say about who sends it.
type claim struct {
	// source is proven by a token or password.
	source string
	// signature is still to be verified with the body.
	signature string
}

// claimOf checks everything that can be checked before the body is read.
func (s *Server) claimOf(r *http.Request, v *view) (claim, *answer.Fault) {
	header := r.Header.Get("Authorization")
	if header != "" && v.byHeader {
		name, ok := v.byAuthorization(r, header, s.key)
		if !ok {
			return claim{}, v.unauthorized(lang.Text{
				ZH: "Authorization 里的凭证不属于任何来源",
				EN: "the credential in Authorization belongs to no source",
			})
		}
		return claim{source: name}, nil
	}
	if sig := grafana.SignatureOf(r.Header); sig != "" && v.bySignature {
		return claim{signature: sig}, nil
	}
	if v.closed() && !v.cfg.Listen.AllowOpen {
		return claim{}, v.unauthorized(lang.Text{ZH: "请求没有带凭证", EN: "the request has no credential"})
	}
	return claim{}, nil
}

// byAuthorization compares with every source, whether or not one has matched.
func (v *view) byAuthorization(r *http.Request, header string, key []byte) (string, bool) {
	var sum []byte
	basic := false
	if user, password, ok := r.BasicAuth(); ok {
		sum, basic = digest(key, "basic", user+"\x00"+password), true
	} else {
		scheme, token, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return "", false
		}
		sum = digest(key, "bearer", strings.TrimSpace(token))
	}
	found := -1
	for i, c := range v.credentials {
		want := c.token
		if basic {
			want = c.basic
		}
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(sum, want), i, found)
	}
	if found < 0 {
		return "", false
	}
	return v.credentials[found].source, true
}

// bySigned verifies a signature over the body: the lower-case hex of HMAC-SHA256 with the source's
// secret, over the body, or over timestamp, colon and body if there is a timestamp. Without one it
// may be replayed; taking the timestamp off a request does not make such a one, since what was
// signed then begins with digits and is not a JSON object.
func (v *view) bySigned(h http.Header, signature string, body []byte, now time.Time, needTimestamp bool) (string, *answer.Fault) {
	given, ok := grafana.ReadSignature(signature)
	if !ok {
		return "", v.unauthorized(lang.Text{
			ZH: "签名头不是 64 位十六进制的 HMAC-SHA256",
			EN: "the signature header is not an HMAC-SHA256 in 64 hex digits",
		})
	}
	timestamp := grafana.TimestampOf(h)
	found := -1
	for i, c := range v.credentials {
		if !c.hmac.IsSet() {
			continue
		}
		mac := grafana.Sign(c.hmac.Reveal(), timestamp, body)
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(mac, given), i, found)
	}
	switch {
	case found < 0:
		return "", v.unauthorized(lang.Text{
			ZH: "签名不匹配任何来源；请核对 hmac_secret，时间戳头须名为 X-Grafana-Alerting-Timestamp 或 X-Yunluo-Timestamp",
			EN: "the signature matches no source; compare hmac_secret, and name the timestamp header X-Grafana-Alerting-Timestamp or X-Yunluo-Timestamp",
		})
	case timestamp == "" && needTimestamp:
		return "", v.unauthorized(lang.Text{
			ZH: "这里的签名必须带时间戳头 X-Yunluo-Timestamp",
			EN: "a signature needs the timestamp header X-Yunluo-Timestamp here",
		})
	case timestamp != "" && !grafana.Fresh(timestamp, now):
		return "", v.unauthorized(lang.Text{
			ZH: "签名的时间戳与本机时钟相差超过 5 分钟；请校准两边的时钟（本机为 " + now.UTC().Format(time.RFC3339) + "）",
			EN: "the signature's timestamp is more than 5 minutes from our clock; set both clocks right (ours says " + now.UTC().Format(time.RFC3339) + ")",
		})
	}
	return v.credentials[found].source, nil
}

// sourceOf decides which source a request comes from: the proven one, else the one that it asks
// for, which must not have credentials, else the default.
func (v *view) sourceOf(proven, asked string) (string, *answer.Fault) {
	if proven != "" {
		if asked != "" && asked != proven {
			return "", &answer.Fault{Status: http.StatusForbidden, Code: "other_source", Text: lang.Text{
				ZH: "凭证不属于 ?source= 指定的来源；请去掉 ?source=，或改用那个来源的凭证",
				EN: "the credential does not belong to the source in ?source=; leave ?source= out, or use that source's credential",
			}}
		}
		return proven, nil
	}
	if v.closed() && !v.cfg.Listen.AllowOpen {
		return "", v.unauthorized(lang.Text{ZH: "请求没有带凭证", EN: "the request has no credential"})
	}
	name := asked
	if name == "" {
		name = defaultSource
	}
	src, ok := v.cfg.Sources[name]
	switch {
	case !ok && name != defaultSource:
		names := slices.Sorted(maps.Keys(v.cfg.Sources))
		return "", &answer.Fault{Status: http.StatusBadRequest, Code: "unknown_source", Text: answer.DidYouMean(lang.Text{
			ZH: "没有名为 " + source.Quote(name) + " 的来源",
			EN: "there is no source " + source.Quote(name),
		}, source.Nearest(name, names), names)}
	case src.HasCredentials():
		return "", v.unauthorized(lang.Text{
			ZH: "来源 " + source.Quote(name) + " 需要凭证证明",
			EN: "the source " + source.Quote(name) + " has to be proven by its credential",
		})
	}
	return name, nil
}

// unauthorized says why, and what would be right.
func (v *view) unauthorized(why lang.Text) *answer.Fault {
	f := &answer.Fault{Status: http.StatusUnauthorized, Code: "unauthorized", Text: lang.Text{
		ZH: why.ZH + "。请带上某个来源的凭证：Authorization: Bearer <token>，或基本认证，或 Grafana 的 HMAC 签名",
		EN: why.EN + "; send a source's credential: Authorization: Bearer <token>, or basic authentication, or Grafana's HMAC signature",
	}}
	for _, c := range v.credentials {
		if c.token != nil && !slices.Contains(f.Challenges, bearerChallenge) {
			f.Challenges = append(f.Challenges, bearerChallenge)
		}
		if c.basic != nil && !slices.Contains(f.Challenges, basicChallenge) {
			f.Challenges = append(f.Challenges, basicChallenge)
		}
	}
	if len(f.Challenges) == 0 {
		f.Challenges = []string{bearerChallenge}
	}
	return f
}

const (
	bearerChallenge = `Bearer realm="yunluo"` //nolint:gosec // G101: it names a scheme, not a credential
	basicChallenge  = `Basic realm="yunluo", charset="UTF-8"`
)
