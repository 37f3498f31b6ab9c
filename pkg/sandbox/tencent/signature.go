package tencent

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
)

const (
	algorithm = "TC3-HMAC-SHA256"
	// maxSkew is how far a request's clock may be off.
	maxSkew = 5 * time.Minute
)

// claim is what an Authorization header says.
type claim struct {
	id, date, service string
	signed            []string
	signature         string
}

// readClaim takes the header apart.
func readClaim(header string) (claim, bool) {
	rest, found := strings.CutPrefix(header, algorithm+" ")
	if !found {
		return claim{}, false
	}
	parts := map[string]string{}
	for pair := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		parts[name] = value
	}
	scope := strings.Split(parts["Credential"], "/")
	if len(scope) != 4 || scope[3] != "tc3_request" || parts["Signature"] == "" {
		return claim{}, false
	}
	return claim{scope[0], scope[1], scope[2], strings.Split(parts["SignedHeaders"], ";"), parts["Signature"]}, true
}

// verify checks a request's signature, its clock and for which service it is.
// https://cloud.tencent.com/document/api/213/30654
func (p *play) verify(c *stage.Call, service string) (Key, *stage.Answer) {
	no := func(code, text string) (Key, *stage.Answer) {
		a := refuse(code, text)
		return Key{}, &a
	}
	said, ok := readClaim(c.Header.Get("Authorization"))
	if !ok {
		return no(codeAuthorization, "the Authorization header is not "+algorithm+" Credential=…, SignedHeaders=…, Signature=…")
	}
	key, found := p.snapshot().key(said.id)
	if !found {
		return no(codeNoKey, "The SecretId is not found, please ensure that your SecretId is correct.")
	}
	seconds, err := strconv.ParseInt(c.Header.Get("X-TC-Timestamp"), 10, 64)
	at := time.Unix(seconds, 0).UTC()
	switch {
	case err != nil || p.stage.Now().Sub(at).Abs() > maxSkew:
		return no(codeClock, "the signature has expired: the timestamp is off by more than five minutes")
	case said.date != at.Format(time.DateOnly):
		return no(codeSignature, "the date in the credential is not the UTC date of the timestamp")
	case said.service != service:
		return no(codeSignature, "the credential is for another service than "+service)
	case !slices.Contains(said.signed, "content-type") || !slices.Contains(said.signed, "host"):
		return no(codeSignature, "SignedHeaders must name content-type and host")
	case !matches(said, key.Secret, service, seconds, c):
		return no(codeSignature, "The provided credentials could not be validated. Please check your signature is correct.")
	}
	return key, nil
}

// matches tells whether a signature is right. The service has no port; where the sandbox has one, the SDK for Go
// signs it with the host and that for Node does not.
func matches(said claim, secret, service string, at int64, c *stage.Call) bool {
	bare := c.Clone(c.Context())
	if host, _, err := net.SplitHostPort(c.Host); err == nil {
		bare.Host = host
	}
	for _, r := range []*http.Request{c.Request, bare} {
		if hmac.Equal([]byte(said.signature), []byte(Sign(secret, service, at, r, said.signed, c.Body))) {
			return true
		}
	}
	return false
}

// Sign is the signature of a request to a service at a time in Unix seconds, over these headers and its body.
func Sign(secret, service string, at int64, r *http.Request, signed []string, body []byte) string {
	var headers strings.Builder
	for _, name := range signed {
		value := strings.TrimSpace(r.Header.Get(name))
		if name == "host" {
			value = r.Host
		}
		headers.WriteString(name + ":" + strings.ToLower(value) + "\n")
	}
	hash := func(b []byte) string {
		sum := sha256.Sum256(b)
		return hex.EncodeToString(sum[:])
	}
	canonical := strings.Join([]string{r.Method, "/", r.URL.RawQuery, headers.String(), strings.Join(signed, ";"), hash(body)}, "\n")
	date := time.Unix(at, 0).UTC().Format(time.DateOnly)
	words := strings.Join([]string{algorithm, strconv.FormatInt(at, 10), date + "/" + service + "/tc3_request", hash([]byte(canonical))}, "\n")
	key := []byte("TC3" + secret)
	for _, step := range []string{date, service, "tc3_request", words} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(step))
		key = mac.Sum(nil)
	}
	return hex.EncodeToString(key)
}
