package feishu

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
)

// Whatever form content comes in, exactly its kind and its text go into a request.
func TestContentGoesIntoARequestAsItWas(t *testing.T) {
	const card = `{"elements":[{"tag":"div","text":"a \"quoted\" \\ text"}]}`
	quoted, err := outbound.JSON(card)
	require.NoError(t, err)
	for name, raw := range map[string]string{
		"as Render gives it": `{"msg_type":"interactive","content":` + string(quoted) + `}`,
		"other order":        `{"content":` + string(quoted) + `,"msg_type":"interactive"}`,
		"more members":       `{"msg_type":"interactive","content":` + string(quoted) + `,"uuid":"mine","receive_id":"oc_other"}`,
		"an object":          `{"msg_type":"interactive","content":` + card + `}`,
		"no kind":            `{"content":` + string(quoted) + `}`,
		"blanks":             ` { "msg_type" : "interactive", "content":` + string(quoted) + "}\n",
	} {
		t.Run(name, func(t *testing.T) {
			c, err := asContent(json.RawMessage(raw))
			require.NoError(t, err)
			require.Equal(t, msgCard, c.msgType)
			body, err := envelope{ReceiveID: "oc_1", UUID: "u-1"}.around(c)
			require.NoError(t, err)
			require.JSONEq(t, `{"receive_id":"oc_1","uuid":"u-1","msg_type":"interactive","content":`+string(quoted)+`}`, string(body))
		})
	}
	for _, raw := range []string{``, `{`, `{"msg_type":"interactive","content":"`, `{"msg_type":"interactive","content":"a\"}`, `{"msg_type":"interactive","content":7}`, `[]`} {
		_, err := asContent(json.RawMessage(raw))
		require.Error(t, err, raw)
	}
}
