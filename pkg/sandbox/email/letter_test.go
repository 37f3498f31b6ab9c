package email

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzRead reads whatever a client may send.
func FuzzRead(f *testing.F) {
	const golden = "../../provider/email/testdata/"
	for _, name := range []string{"firing.eml", "digest.eml", "bare.eml"} {
		raw, err := os.ReadFile(golden + name)
		require.NoError(f, err)
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := read(raw, "alerts@example.com")
		if err == nil {
			require.NotEmpty(t, m.id)
			require.True(t, json.Valid(m.content))
		}
	})
}

func TestReadTakesOurOwnMails(t *testing.T) {
	raw, err := os.ReadFile("../../provider/email/testdata/firing.eml")
	require.NoError(t, err)
	_, err = read(raw, "other@example.com")
	require.ErrorContains(t, err, "MAIL FROM")
	m, err := read(raw, "alerts@example.com")
	require.NoError(t, err)
	require.Equal(t, "multipart/alternative", m.form)
	require.Equal(t, "019aa000-0000-7000-8000-000000000001@example.com", m.id)
	require.Contains(t, m.text, "支付接口 5xx 过高")
	require.Contains(t, string(m.content), `"urgent":true`)
}
