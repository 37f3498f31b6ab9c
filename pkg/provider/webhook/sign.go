package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
)

const (
	keyPrefix = "whsec_"
	// leastKey and mostKey bound a signing key, in bytes.
	// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
	leastKey = 24
	mostKey  = 64
)

// signingKey reads a secret as Standard Webhooks writes them.
func signingKey(s secret.Value) ([]byte, error) {
	encoded, found := strings.CutPrefix(s.Reveal(), keyPrefix)
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !found || err != nil || len(key) < leastKey || len(key) > mostKey {
		return nil, lang.Wrong(
			"secret 应是 %s 加 %d 到 %d 字节的 base64：可以这样生成：echo whsec_$(openssl rand -base64 32)",
			"secret is not %s and %d to %d bytes in base64: make one with: echo whsec_$(openssl rand -base64 32)", keyPrefix, leastKey, mostKey)
	}
	return key, nil
}

// sign is the signature of a request: of its id, its time and its body, so that none can be exchanged.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
func sign(key []byte, id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
