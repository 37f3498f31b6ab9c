package app

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
)

// minSigningSecret is the fewest characters of a secret that Grafana signs with.
const minSigningSecret = 16

// signingBytes is how long the secrets are that we make.
const signingBytes = 32

// turnSuffix names a contact point's second entry. A new secret takes the place of the older of the two, so the one
// before it stays valid without anybody having to read it and write it back.
const turnSuffix = ".turn"

// signingEntry is one of them.
type signingEntry struct {
	Secret string `json:"hmac_secret"`
	// Previous is what somebody who writes the settings by hand may keep valid.
	Previous string `json:"previous_hmac_secret,omitempty"`
	// Turn is higher the newer the secret is.
	Turn int `json:"turn,omitempty"`
}

func readSigning(value string) (e signingEntry, ok bool) {
	decoder := json.NewDecoder(strings.NewReader(value))
	decoder.DisallowUnknownFields()
	return e, decoder.Decode(&e) == nil && len(e.Secret) >= minSigningSecret
}

// signing reads the secrets of all contact points: the one in use, and the one before it while Grafana still signs with it.
func (d *document) signing(secure map[string]string) map[string][]secret.Value {
	out := map[string][]secret.Value{}
	for _, name := range slices.Sorted(maps.Keys(secure)) {
		point, ok := strings.CutPrefix(name, pointSecrets)
		if !ok || secure[name] == "" {
			continue
		}
		point = strings.TrimSuffix(point, turnSuffix)
		if _, ok := readSigning(secure[name]); !ok {
			d.fault(pointSecrets+point, lang.Text{
				ZH: "secureJsonData 的 " + name + ` 应是 {"hmac_secret": "…"}，至少 16 个字符`,
				EN: name + ` of secureJsonData has to be {"hmac_secret": "…"}, of at least 16 characters`,
			}, lang.Text{})
		}
		if keys := signingOf(secure, point); keys != nil {
			out[point] = keys
		}
	}
	return out
}

// signingOf are the secrets of one contact point, the newest first; nil when there are none.
func signingOf(secure map[string]string, point string) (keys []secret.Value) {
	var entries []signingEntry
	for _, name := range []string{pointSecrets + point, pointSecrets + point + turnSuffix} {
		if e, ok := readSigning(secure[name]); ok {
			entries = append(entries, e)
		}
	}
	slices.SortStableFunc(entries, func(a, b signingEntry) int { return cmp.Compare(b.Turn, a.Turn) })
	for _, e := range entries {
		keys = append(keys, secret.New(e.Secret))
	}
	if len(entries) > 0 && len(entries[0].Previous) >= minSigningSecret {
		keys = append(keys, secret.New(entries[0].Previous))
	}
	return keys
}

// newSigning gives a contact point another secret; the one in use becomes the one before it.
func (ch *change) newSigning(point string) string {
	first, second := pointSecrets+point, pointSecrets+point+turnSuffix
	one, hasOne := readSigning(ch.saved.DecryptedSecureJSONData[first])
	two, hasTwo := readSigning(ch.saved.DecryptedSecureJSONData[second])
	key, turn := first, two.Turn+1
	if hasOne && (!hasTwo || one.Turn >= two.Turn) {
		key, turn = second, one.Turn+1
	}
	random := make([]byte, signingBytes)
	_, _ = rand.Read(random) // never fails, by its documentation
	made := base64.RawURLEncoding.EncodeToString(random)
	raw, _ := json.Marshal(signingEntry{Secret: made, Turn: turn}) //nolint:gosec // an entry of secureJsonData
	ch.secure[key] = string(raw)
	return made
}
