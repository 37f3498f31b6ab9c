package aliyun

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

const (
	algorithm = "ACS3-HMAC-SHA256"
	// maxSkew is how far a request's clock may be off.
	maxSkew = 15 * time.Minute
	// maxNonces is how many are remembered before old ones are swept out.
	maxNonces = 20_000
)

// verify checks a request's signature, clock, body and nonce.
// https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature
func (p *play) verify(c *stage.Call) (Key, *stage.Answer) {
	no := func(code, text string) (Key, *stage.Answer) {
		a := refuse(code, text)
		return Key{}, &a
	}
	id, signed, signature, ok := authorization(c.Header.Get("Authorization"))
	if !ok {
		return no(codeSignature, "the Authorization header is not "+algorithm+" Credential=…,SignedHeaders=…,Signature=…")
	}
	p.mu.Lock()
	key, found := p.world.key(id)
	p.mu.Unlock()
	if !found {
		return no(codeNoKey, "Specified access key is not found.")
	}
	at, err := time.Parse("2006-01-02T15:04:05Z", c.Header.Get("X-Acs-Date"))
	if err != nil || p.stage.Now().Sub(at).Abs() > maxSkew {
		return no(codeClock, "Specified time stamp or date value is expired.")
	}
	body := sha256.Sum256(c.Body)
	switch {
	case c.Header.Get("X-Acs-Content-Sha256") != hex.EncodeToString(body[:]):
		return no(codeSignature, "x-acs-content-sha256 is not the hash of the body")
	case !covers(signed, c.Request):
		return no(codeSignature, "SignedHeaders must name host, content-type if there is one, and every x-acs- header")
	case !hmac.Equal([]byte(signature), []byte(Sign(key.Secret, c.Request, signed, hex.EncodeToString(body[:])))):
		return no(codeSignature, "Specified signature is not matched with our calculation.")
	case !p.fresh(id + c.Header.Get("X-Acs-Signature-Nonce")):
		return no(codeNonce, "Specified signature nonce was used already.")
	}
	return key, nil
}

// fresh remembers a nonce; it returns false for one that came before.
func (p *play) fresh(nonce string) bool {
	now := p.stage.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.nonces) > maxNonces {
		maps.DeleteFunc(p.nonces, func(_ string, at time.Time) bool { return now.Sub(at) > 2*maxSkew })
	}
	at, used := p.nonces[nonce]
	p.nonces[nonce] = now
	return !used || now.Sub(at) > 2*maxSkew
}

// authorization takes the header apart.
func authorization(header string) (id string, signed []string, signature string, ok bool) {
	rest, found := strings.CutPrefix(header, algorithm+" ")
	if !found {
		return "", nil, "", false
	}
	parts := map[string]string{}
	for pair := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		parts[name] = value
	}
	return parts["Credential"], strings.Split(parts["SignedHeaders"], ";"), parts["Signature"], parts["Credential"] != "" && parts["Signature"] != ""
}

// covers tells whether everything that must be signed is.
func covers(signed []string, r *http.Request) bool {
	must := []string{"host"}
	for name := range r.Header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-acs-") || lower == "content-type" {
			must = append(must, lower)
		}
	}
	return !slices.ContainsFunc(must, func(name string) bool { return !slices.Contains(signed, name) })
}

// Sign is the signature of a request by a key, over these headers and the body with this hash in hex.
func Sign(secret string, r *http.Request, signed []string, hash string) string {
	var headers strings.Builder
	for _, name := range signed {
		value := strings.TrimSpace(strings.Join(r.Header.Values(name), ","))
		if name == "host" {
			value = r.Host
		}
		headers.WriteString(name + ":" + value + "\n")
	}
	canonical := strings.Join([]string{r.Method, canonicalPath(r.URL.Path), canonicalQuery(r.URL.Query()), headers.String(), strings.Join(signed, ";"), hash}, "\n")
	sum := sha256.Sum256([]byte(canonical))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(algorithm + "\n" + hex.EncodeToString(sum[:])))
	return hex.EncodeToString(mac.Sum(nil))
}

func canonicalPath(path string) string {
	if path == "" {
		return "/"
	}
	return strings.ReplaceAll(escape(path), "%2F", "/")
}

// canonicalQuery is the query in the order of names, escaped as RFC 3986 wants.
func canonicalQuery(q url.Values) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(q)) {
		for _, value := range q[name] {
			pairs = append(pairs, escape(name)+"="+escape(value))
		}
	}
	return strings.Join(pairs, "&")
}

func escape(s string) string {
	return strings.NewReplacer("+", "%20", "*", "%2A", "%7E", "~").Replace(url.QueryEscape(s))
}

// form is what a body holds that is one.
func form(c *stage.Call) url.Values {
	if !strings.HasPrefix(c.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return nil
	}
	values, err := url.ParseQuery(string(c.Body))
	if err != nil {
		return nil
	}
	return values
}
