package grafana_test

import (
	"encoding/hex"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/source/grafana"
)

// The sums were made with: printf '%s' '1795385896:{"a":1}' | openssl dgst -sha256 -hmac key.
func TestSignsAsGrafanaDoes(t *testing.T) {
	for timestamp, want := range map[string]string{
		"1795385896": "f739d7e8d1ea35eba11063bdd7548177ec3f06ca3621316f14c386dec38e93d7",
		"":           "88a67f24bbcdaed0e6c997404bb79a743baf44c6bab2f4c27328e3009d22e342",
	} {
		require.Equal(t, want, hex.EncodeToString(grafana.Sign("key", timestamp, []byte(`{"a":1}`))))
	}
}

func TestFindsSignatureAndTimestamp(t *testing.T) {
	h := http.Header{}
	require.Empty(t, grafana.SignatureOf(h))
	h.Set("X-Yunluo-Signature", "ours")
	h.Set("X-Yunluo-Timestamp", "1")
	require.Equal(t, "ours", grafana.SignatureOf(h))
	require.Equal(t, "1", grafana.TimestampOf(h))
	h.Set("X-Grafana-Alerting-Signature", "grafana's")
	require.Equal(t, "grafana's", grafana.SignatureOf(h))
}

func TestReadsOnlyWholeSignatures(t *testing.T) {
	whole := hex.EncodeToString(grafana.Sign("key", "", nil))
	sum, ok := grafana.ReadSignature(" " + whole + "\n")
	require.True(t, ok)
	require.Equal(t, grafana.Sign("key", "", nil), sum)
	for _, s := range []string{"", whole[:62], whole + "00", "x" + whole[1:]} {
		_, ok := grafana.ReadSignature(s)
		require.False(t, ok, s)
	}
}

func TestTimestampsGoStale(t *testing.T) {
	now := time.Unix(1_795_385_896, 0)
	for timestamp, fresh := range map[string]bool{
		"1795385896": true, "1795385596": true, "1795386196": true, "1795385595": false, "1795386197": false,
		"": false, "now": false, "99999999999999999999": false, "-9223372036854775808": false,
	} {
		require.Equal(t, fresh, grafana.Fresh(timestamp, now), timestamp)
	}
}
