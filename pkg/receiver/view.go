package receiver

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
)

// defaultSource is who sends when nothing says otherwise.
const defaultSource = "default"

// view is a configuration made ready for requests; it never changes.
type view struct {
	cfg         *config.Config
	credentials []credential
	// byHeader and bySignature tell which kinds of credential any source has.
	byHeader, bySignature bool
	certificate           *tls.Certificate
}

// credential is what a caller may prove to be a source with. Tokens and passwords are kept as digests.
type credential struct {
	source string
	token  []byte
	basic  []byte
	hmac   secret.Value
}

func newView(c *config.Config, key []byte) (*view, error) {
	v := &view{cfg: c}
	for _, name := range slices.Sorted(maps.Keys(c.Sources)) {
		src := c.Sources[name]
		cred := credential{source: name, hmac: src.HMACSecret}
		if src.Token.IsSet() {
			cred.token = digest(key, "bearer", src.Token.Reveal())
		}
		if src.Password.IsSet() {
			cred.basic = digest(key, "basic", src.Username+"\x00"+src.Password.Reveal())
		}
		if err := v.add(cred, src.HasCredentials()); err != nil {
			return nil, err
		}
	}
	if faults := CheckListen(c.Listen, v.closed()); len(faults) > 0 {
		f := faults[0]
		return nil, fmt.Errorf("listen.%s: %s, %s", f.Field, f.Message.EN, f.Hint.EN)
	}
	if c.Listen.TLSCert != "" || c.Listen.TLSKey != "" {
		pair, err := tls.LoadX509KeyPair(c.Listen.TLSCert, c.Listen.TLSKey)
		if err != nil {
			return nil, fmt.Errorf("listen.tls_cert %q and listen.tls_key %q: %w", c.Listen.TLSCert, c.Listen.TLSKey, err)
		}
		v.certificate = &pair
	}
	return v, nil
}

func (v *view) add(cred credential, has bool) error {
	if !has {
		return nil
	}
	for _, other := range v.credentials {
		same := (cred.token != nil && bytes.Equal(cred.token, other.token)) ||
			(cred.basic != nil && bytes.Equal(cred.basic, other.basic)) ||
			(cred.hmac.IsSet() && cred.hmac.Reveal() == other.hmac.Reveal())
		if same {
			return fmt.Errorf("sources %q and %q have the same credential, so it could not tell them apart: give each its own, or make them one source",
				other.source, cred.source)
		}
	}
	v.credentials = append(v.credentials, cred)
	v.byHeader = v.byHeader || cred.token != nil || cred.basic != nil
	v.bySignature = v.bySignature || cred.hmac.IsSet()
	return nil
}

// closed tells whether callers have to prove who they are.
func (v *view) closed() bool { return len(v.credentials) > 0 }

func digest(key []byte, scheme, value string) []byte {
	h := hmac.New(sha256.New, key)
	_, _ = h.Write([]byte(scheme + "\x00" + value))
	return h.Sum(nil)
}

// isLoopback tells whether only this machine can reach a host:port.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// contactPoints are the names in the configuration, sorted.
func (v *view) contactPoints() []string { return slices.Sorted(maps.Keys(v.cfg.ContactPoints)) }

// language is what a caller is answered in that asks for none of ours.
func (v *view) language() lang.Language { return v.cfg.Defaults.Language }
