package zabbixapi_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/source/zabbix/zabbixapi"
)

const token = "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9"

// asked is one request that the API got.
type asked struct {
	Method        string         `json:"method"`
	Params        map[string]any `json:"params"`
	Auth          *string        `json:"auth"`
	Authorization string         `json:"-"`
}

// fakeAPI is a Zabbix of a version that takes the token only as that version does.
type fakeAPI struct {
	*httptest.Server
	asked  []asked
	answer string
}

func newFake(t *testing.T, version string) *fakeAPI {
	t.Helper()
	f := &fakeAPI{answer: `{"jsonrpc":"2.0","result":{"eventids":["1"]},"id":1}`}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.URL.Path != "/zabbix/api_jsonrpc.php" {
			http.NotFound(w, r)
			return
		}
		if strings.Contains(string(body), `"apiinfo.version"`) {
			if r.Header.Get("Authorization") != "" || strings.Contains(string(body), "auth") {
				_, _ = io.WriteString(w, `{"jsonrpc":"2.0","error":{"code":-32602,"message":"Invalid params.","data":"The \"apiinfo.version\" method must be called without the \"auth\" parameter."},"id":1}`)
				return
			}
			_, _ = io.WriteString(w, `{"jsonrpc":"2.0","result":"`+version+`","id":1}`)
			return
		}
		one := asked{Authorization: r.Header.Get("Authorization")}
		_ = json.Unmarshal(body, &one)
		f.asked = append(f.asked, one)
		_, _ = io.WriteString(w, f.answer)
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *fakeAPI) client(t *testing.T) *zabbixapi.Client {
	t.Helper()
	c, err := zabbixapi.New(zabbixapi.Options{URL: f.URL + "/zabbix/", Token: secret.New(token)})
	require.NoError(t, err)
	return c
}

func TestTheTokenGoesWhereTheVersionTakesIt(t *testing.T) {
	for version, bearer := range map[string]bool{"5.4.12": false, "6.0.14": false, "6.2.9": false, "6.4.0": true, "7.0.3": true, "7.4.1": true, "8.0.0alpha1": true} {
		f := newFake(t, version)
		c := f.client(t)
		require.NoError(t, c.Acknowledge(t.Context(), []string{"1"}, zabbixapi.Action{Acknowledge: true}))
		require.NoError(t, c.Acknowledge(t.Context(), []string{"1"}, zabbixapi.Action{Acknowledge: true}))
		require.Len(t, f.asked, 2)
		if bearer {
			require.Equal(t, "Bearer "+token, f.asked[1].Authorization)
			require.Nil(t, f.asked[1].Auth, "7.2 refuses the field, even empty")
			continue
		}
		require.Empty(t, f.asked[1].Authorization)
		require.Equal(t, token, *f.asked[1].Auth)
	}
}

func TestActionsAreBits(t *testing.T) {
	critical, info := alert.Critical, alert.Info
	for _, c := range []struct {
		action   zabbixapi.Action
		bits     any
		severity any
	}{
		{zabbixapi.Action{Close: true}, 1.0, nil},
		{zabbixapi.Action{Acknowledge: true, Message: "我在看"}, 6.0, nil},
		{zabbixapi.Action{Severity: &critical}, 8.0, 5.0},
		{zabbixapi.Action{Unacknowledge: true, Severity: &info}, 24.0, 1.0},
	} {
		f := newFake(t, "6.0.14")
		require.NoError(t, f.client(t).Acknowledge(t.Context(), []string{"7", "8"}, c.action))
		require.Equal(t, "event.acknowledge", f.asked[0].Method)
		require.Equal(t, c.bits, f.asked[0].Params["action"])
		require.Equal(t, []any{"7", "8"}, f.asked[0].Params["eventids"])
		require.Equal(t, c.severity, f.asked[0].Params["severity"])
	}
	f := newFake(t, "6.0.14")
	require.NoError(t, f.client(t).Acknowledge(t.Context(), []string{"7"}, zabbixapi.Action{Message: strings.Repeat("长", 3000)}))
	message, ok := f.asked[0].Params["message"].(string)
	require.True(t, ok)
	require.Equal(t, strings.Repeat("长", 2048), message)
	for _, nothing := range []zabbixapi.Action{{}, {Acknowledge: true, Unacknowledge: true}} {
		require.Error(t, f.client(t).Acknowledge(t.Context(), []string{"7"}, nothing))
	}
	require.Error(t, f.client(t).Acknowledge(t.Context(), nil, zabbixapi.Action{Close: true}))
	require.Len(t, f.asked, 1)
}

func TestFailuresSayWhatToDoAndNoToken(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		reason sender.Reason
		hint   string
	}{
		"token":      {`{"jsonrpc":"2.0","error":{"code":-32602,"message":"Invalid params.","data":"Not authorised. ` + token + `"},"id":1}`, sender.ReasonAuth, "API tokens"},
		"6.0's word": {`{"jsonrpc":"2.0","error":{"code":-32602,"message":"Not authorized","data":""},"id":1}`, sender.ReasonAuth, "API tokens"},
		"rights":     {`{"jsonrpc":"2.0","error":{"code":-32500,"message":"Application error.","data":"No permissions to referred object or it does not exist!"},"id":1}`, sender.ReasonPermission, "read-write"},
		"close":      {`{"jsonrpc":"2.0","error":{"code":-32602,"message":"Invalid params.","data":"Cannot close problem: trigger does not allow manual closing."},"id":1}`, sender.ReasonMessage, "manual close"},
		"no Zabbix":  {`<html><title>Welcome ` + token + `</title></html>`, sender.ReasonOutcomeUnknown, "api_jsonrpc.php"},
		"nonsense":   {`{"jsonrpc":"2.0","error":{"code":1,"message":"x","data":"y"},"id":1}`, sender.ReasonMessage, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, "6.0.14")
			f.answer = c.answer
			err := f.client(t).Acknowledge(t.Context(), []string{"1"}, zabbixapi.Action{Close: true})
			var failure *sender.Failure
			require.ErrorAs(t, err, &failure)
			require.Equal(t, c.reason, failure.Reason)
			require.Contains(t, failure.Hint.EN, c.hint)
			require.NotContains(t, err.Error()+failure.Text+failure.Hint.ZH, token)
			require.Contains(t, err.Error(), "event.acknowledge")
		})
	}
	_, err := zabbixapi.New(zabbixapi.Options{URL: "zabbix.example.com", Token: secret.New(token)})
	require.Error(t, err)
}
