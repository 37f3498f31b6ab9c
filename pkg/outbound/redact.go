package outbound

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// rememberedTokens bounds how many tokens of the past are still looked for.
const rememberedTokens = 32

// shortestEncoded is the shortest secret, in bytes, whose encoding inside a longer one is looked for;
// less would match ordinary text.
const shortestEncoded = 6

// shortestEnd is how much of a secret, in bytes, is recognised at the end of a text that was cut.
const shortestEnd = 4

type redactor struct {
	mu       sync.Mutex
	fixed    []string
	tokens   []string
	replacer atomic.Pointer[strings.Replacer]
	// known are the secrets in every writing, the longest first.
	known atomic.Pointer[[]string]
}

func (r *redactor) know(secrets []secret.Value) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range secrets {
		r.fixed = append(r.fixed, forms(s.Reveal())...)
	}
	r.build()
}

func (r *redactor) remember(token string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if token == "" || slices.Contains(r.tokens, token) {
		return
	}
	r.tokens = append(r.tokens, token)
	if len(r.tokens) > rememberedTokens {
		r.tokens = slices.Delete(r.tokens, 0, 1)
	}
	r.build()
}

func (r *redactor) build() {
	all := slices.Clone(r.fixed)
	for _, t := range r.tokens {
		all = append(all, forms(t)...)
	}
	// The longest first, since at one place the first that matches wins.
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	pairs := make([]string, 0, 2*len(all))
	all = slices.Compact(all)
	r.known.Store(&all)
	for _, s := range all {
		pairs = append(pairs, s, secret.Mask)
	}
	r.replacer.Store(strings.NewReplacer(pairs...))
}

// forms lists how a secret may be written: plain, in JSON, in a URL, and in base64, alone or inside
// something longer such as a basic authorization.
func forms(s string) []string {
	if s == "" {
		return nil
	}
	out := []string{s, url.QueryEscape(s), url.PathEscape(s)}
	if quoted, err := json.Marshal(s); err == nil {
		out = append(out, strings.Trim(string(quoted), `"`))
	}
	// PHP writes a slash in JSON as \/.
	if strings.Contains(s, "/") {
		out = append(out, strings.ReplaceAll(out[len(out)-1], "/", `\/`))
	}
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		whole := e.EncodeToString([]byte(s))
		out = append(out, whole, url.QueryEscape(whole), strings.TrimRight(whole, "="))
		if len(s) < shortestEncoded {
			continue
		}
		for before := range 3 {
			padded := e.WithPadding(base64.NoPadding).EncodeToString([]byte(strings.Repeat("\x00", before) + s))
			// The characters that share bits with a neighbour are left out.
			first, last := (before*8+5)/6, (before+len(s))*8/6
			out = append(out, padded[first:last])
		}
	}
	return out
}

// end takes the beginning of a secret off the end of a text that Plain has cut.
func (r *redactor) end(s string) string {
	cut, was := strings.CutSuffix(s, "…")
	if !was {
		return s
	}
	longest := 0
	for _, known := range *r.known.Load() {
		for n := min(len(known)-1, len(cut)); n >= max(shortestEnd, longest+1); n-- {
			if strings.HasSuffix(cut, known[:n]) {
				longest = n
				break
			}
		}
	}
	if longest == 0 {
		return s
	}
	return cut[:len(cut)-longest] + secret.Mask + "…"
}

// keeper lets no secret of an account out.
type keeper struct{ redactor redactor }

// keep learns what to keep: the secrets of o, and the password of the proxy.
func (k *keeper) keep(o Options, proxy *url.URL) {
	known := slices.Concat(o.Secrets, slices.Collect(maps.Values(o.Settings.Secrets)))
	if proxy != nil && proxy.User != nil {
		password, _ := proxy.User.Password()
		known = append(known, secret.New(password))
	}
	k.redactor.know(known)
}

// Redact replaces every known secret in s, plain, JSON-escaped, URL-escaped or in base64.
func (k *keeper) Redact(s string) string { return k.redactor.replacer.Load().Replace(s) }

// Remember makes a token that was obtained at run time a secret too. The last 32 are known.
func (k *keeper) Remember(token string) { k.redactor.remember(token) }

// RedactFailure takes the secrets out of a failure's words, in place, and returns it.
func (k *keeper) RedactFailure(f *sender.Failure) *sender.Failure {
	if f == nil {
		return nil
	}
	f.Code, f.Text = k.Redact(f.Code), k.redactor.end(k.Redact(f.Text))
	f.Hint.ZH, f.Hint.EN = k.Redact(f.Hint.ZH), k.Redact(f.Hint.EN)
	if f.Err != nil {
		f.Err = k.hide(f.Err)
	}
	return f
}
