package grafana

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// timestampWindow is how far the timestamp of a signed request may be from our clock.
const timestampWindow = 5 * time.Minute

// The headers that contact points of ours put signature and timestamp into.
const (
	SignatureHeader = "X-Yunluo-Signature"
	TimestampHeader = "X-Yunluo-Timestamp"
)

// SignatureOf finds the signature of a request: under Grafana's default name, or ours.
// See https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/#hmac-signature.
func SignatureOf(h http.Header) string {
	return firstHeader(h, "X-Grafana-Alerting-Signature", SignatureHeader)
}

// TimestampOf finds the timestamp that was signed too; empty without one. Grafana has no default name for it and sends
// none unless it is told to.
func TimestampOf(h http.Header) string {
	return firstHeader(h, "X-Grafana-Alerting-Timestamp", TimestampHeader)
}

func firstHeader(h http.Header, names ...string) string {
	for _, n := range names {
		if v := h.Get(n); v != "" {
			return v
		}
	}
	return ""
}

// Sign is the HMAC-SHA256 over the body, or over timestamp, colon and body if there is a timestamp. Without one a request
// may be replayed; taking the timestamp off a request does not make such a one, since what was signed then begins with
// digits and is not a JSON object.
func Sign(key, timestamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(key))
	if timestamp != "" {
		_, _ = io.WriteString(mac, timestamp+":")
	}
	_, _ = mac.Write(body)
	return mac.Sum(nil)
}

// ReadSignature reads 64 hex digits.
func ReadSignature(s string) ([]byte, bool) {
	sum, err := hex.DecodeString(strings.ToLower(strings.TrimSpace(s)))
	return sum, err == nil && len(sum) == sha256.Size
}

// Fresh tells whether a timestamp, in Unix seconds, is within five minutes of now.
func Fresh(timestamp string, now time.Time) bool {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return false
	}
	return now.Sub(time.Unix(seconds, 0)).Abs() <= timestampWindow
}
