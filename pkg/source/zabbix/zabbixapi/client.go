// Package zabbixapi speaks to Zabbix's JSON-RPC API: what people do in a chat goes back to the problem, and the media
// type is set up.
package zabbixapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// timeout bounds one call; an import of a media type on a busy frontend took a second.
const timeout = 20 * time.Second

// endpoint is the API below the frontend's address.
const endpoint = "api_jsonrpc.php"

// Options say which Zabbix, and who calls.
type Options struct {
	// URL is the frontend's address, such as https://zabbix.example.com/zabbix, or that of its api_jsonrpc.php.
	URL string
	// Token is an API token: page API tokens, 64 hex digits.
	Token secret.Value
	// Proxy may be empty.
	Proxy string
	// Transport replaces the network in tests; nil means the real one.
	Transport http.RoundTripper
	// Logger may be nil.
	Logger *slog.Logger
}

// Client calls one Zabbix. It is safe for concurrent use. Its errors are *sender.Failure, with a hint.
type Client struct {
	http  *outbound.Client
	token secret.Value

	mu      sync.Mutex
	version Version
}

// New makes a client and does not touch the network.
func New(o Options) (*Client, error) {
	base := strings.TrimSuffix(strings.TrimRight(o.URL, "/"), "/"+endpoint)
	c, err := outbound.New(outbound.Options{
		Settings:  sender.Settings{Account: "zabbix", BaseURL: base, Proxy: o.Proxy, Timeout: timeout},
		Transport: o.Transport, Logger: o.Logger, Secrets: []secret.Value{o.Token},
	})
	if err != nil {
		return nil, lang.Because(lang.Wrong("Zabbix 前端的地址（--url）或代理（--proxy）不对", "the address of Zabbix's frontend (--url) or the proxy (--proxy) is wrong"), err)
	}
	return &Client{http: c, token: o.Token}, nil
}

type request struct {
	JSONRPC string `json:"jsonrpc"`
	Method  string `json:"method"`
	Params  any    `json:"params"`
	ID      int    `json:"id"`
	Auth    string `json:"auth,omitempty"`
}

// Call calls one method with the token, in the way that this Zabbix takes it, and reads the result into result, which
// may be nil.
func (c *Client) Call(ctx context.Context, method string, params, result any) error {
	v, err := c.Version(ctx)
	if err != nil {
		return err
	}
	r := request{JSONRPC: "2.0", Method: method, Params: params, ID: 1}
	header := http.Header{}
	if v.bearer() {
		header.Set("Authorization", "Bearer "+c.token.Reveal())
	} else {
		r.Auth = c.token.Reveal()
	}
	return c.exchange(ctx, r, header, result)
}

func (c *Client) exchange(ctx context.Context, r request, header http.Header, result any) error {
	header.Set("Content-Type", "application/json-rpc")
	resp, err := c.http.Do(ctx, outbound.Request{Method: http.MethodPost, Path: endpoint, Header: header, Body: r})
	if err != nil {
		return c.failed(r.Method, err)
	}
	var answer struct {
		JSONRPC string          `json:"jsonrpc"`
		Result  json.RawMessage `json:"result"`
		Error   *rpcError       `json:"error"`
	}
	if resp.Status != http.StatusOK || json.Unmarshal(resp.Body, &answer) != nil || answer.JSONRPC == "" {
		f := outbound.StatusFailure(resp)
		f.Hint = lang.Text{
			ZH: "这里没有应答 Zabbix 的 API：请填前端的地址，即 api_jsonrpc.php 所在的目录",
			EN: "Zabbix's API does not answer here: give the frontend's address, the folder that api_jsonrpc.php is in",
		}
		return c.failed(r.Method, f)
	}
	switch {
	case answer.Error != nil:
		return c.failed(r.Method, answer.Error.failure())
	case result == nil:
		return nil
	}
	if err := json.Unmarshal(answer.Result, result); err != nil {
		return c.failed(r.Method, &sender.Failure{
			Class: sender.Never, Reason: sender.ReasonMessage, Err: fmt.Errorf("read the result: %w", err), MaybeSent: true,
		})
	}
	return nil
}

// failed adds the method, and takes the token out of whatever was quoted.
func (c *Client) failed(method string, err error) error {
	f := c.http.RedactFailure(sender.AsFailure(err))
	if f.Err != nil {
		f.Err = fmt.Errorf("%s: %w", method, f.Err)
	} else {
		f.Err = errors.New(method)
	}
	return f
}

// rpcError is JSON-RPC's error as Zabbix fills it in.
type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    string `json:"data"`
}

// failure says what Zabbix's words mean. They were seen from 6.0.14, and are the same in the sources of later versions.
func (e *rpcError) failure() *sender.Failure {
	f := &sender.Failure{
		Class: sender.Never, Reason: sender.ReasonMessage, Code: strconv.Itoa(e.Code), Text: outbound.Plain(strings.TrimSpace(e.Message + " " + e.Data)),
	}
	words := strings.ToLower(f.Text)
	has := func(s string) bool { return strings.Contains(words, s) }
	switch {
	case has("not authori"), has("re-login"), has("api token expired"), has("session terminated"):
		f.Reason = sender.ReasonAuth
		f.Hint = lang.Text{
			ZH: "Zabbix 不认这个 API token：请在“API token”页里检查它是否启用、是否过期",
			EN: "Zabbix does not take the API token: check on the page API tokens that it is enabled and has not expired",
		}
	case has("no permissions"), has("permission"):
		f.Reason = sender.ReasonPermission
		f.Hint = lang.Text{
			ZH: "令牌所属的用户没有权限：确认和留言要有主机群组的读权限，改级别和关闭要有读写权限，导入报警媒介类型要超级管理员",
			EN: "the token's user may not: to acknowledge and comment it needs read rights on the host group, to change severity or close read-write, to import media types super admin",
		}
	case has("manual close"), has("cannot close"):
		f.Hint = lang.Text{
			ZH: "这个触发器不允许手动关闭：在触发器里勾选“允许手动关闭”",
			EN: "the trigger may not be closed by hand: tick \"Allow manual close\" in it",
		}
	case e.Code == -32500, e.Code == -32400:
		f.Class = sender.Again
		f.Reason = sender.ReasonUnavailable
	}
	return f
}
