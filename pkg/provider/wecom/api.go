package wecom

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	pathToken  = "/cgi-bin/gettoken" //nolint:gosec // an address, not a secret
	pathSend   = "/cgi-bin/message/send"
	pathRecall = "/cgi-bin/message/recall"
	pathUpdate = "/cgi-bin/message/update_template_card"
	pathMobile = "/cgi-bin/user/getuserid"
	pathEmail  = "/cgi-bin/user/get_userid_by_email"
	pathAgent  = "/cgi-bin/agent/get"

	// tokenMargin is how long before its end a token is replaced; longestToken bounds a nonsensical life.
	tokenMargin  = 3 * time.Minute
	longestToken = 24 * time.Hour
)

// tokenCodes are the answers that a new token may mend.
// https://developer.work.weixin.qq.com/document/path/90313
func tokenCodes() []string { return []string{"40014", "42001", "40001"} }

// api calls WeCom with an access token, which it fetches and replaces.
type api struct {
	client    *outbound.Client
	tokens    *outbound.TokenCache
	settings  settings
	table     []sender.CodeMeaning
	refreshed func()
}

func newAPI(client *outbound.Client, s settings, table []sender.CodeMeaning, refreshed func()) *api {
	a := &api{client: client, settings: s, table: table, refreshed: refreshed}
	a.tokens = outbound.NewTokenCache(a.fetchToken, tokenMargin)
	return a
}

// fetchToken asks for the app's token; within its life WeCom gives the same one again.
// https://developer.work.weixin.qq.com/document/path/91039
func (a *api) fetchToken(ctx context.Context) (outbound.Token, error) {
	answer, err := a.client.Do(ctx, outbound.Request{
		Method: http.MethodGet, Path: pathToken,
		Query: url.Values{"corpid": {a.settings.CorpID}, "corpsecret": {a.settings.Secret.Reveal()}},
	})
	if err != nil {
		return outbound.Token{}, outbound.NotSent(err)
	}
	var got struct {
		Token  string  `json:"access_token"`
		Expire float64 `json:"expires_in"`
	}
	if f := a.judge(answer, &got); f != nil {
		return outbound.Token{}, outbound.NotSent(f)
	}
	if got.Token == "" || got.Expire <= 0 {
		answer.Body = nil // It may hold a token under another name.
		return outbound.Token{}, outbound.NotSent(outbound.StatusFailure(answer))
	}
	a.client.Remember(got.Token)
	if a.refreshed != nil {
		a.refreshed()
	}
	life := time.Duration(min(got.Expire, longestToken.Seconds()) * float64(time.Second))
	return outbound.Token{Value: secret.New(got.Token), TTL: life}, nil
}

// call posts body and reads a successful answer into out. A refused token is replaced once.
func (a *api) call(ctx context.Context, path string, body, out any) error {
	return a.do(ctx, outbound.Request{Method: http.MethodPost, Path: path, Body: body}, out)
}

func (a *api) do(ctx context.Context, r outbound.Request, out any) error {
	for again := true; ; again = false {
		token, err := a.tokens.Get(ctx)
		if err != nil {
			return err
		}
		query := url.Values{"access_token": {token.Reveal()}}
		maps.Copy(query, r.Query)
		with := r
		with.Query = query
		answer, err := a.client.Do(ctx, with)
		if err != nil {
			return err
		}
		f := a.judge(answer, out)
		if f == nil {
			return nil
		}
		if !again || !slices.Contains(tokenCodes(), f.Code) {
			return f
		}
		a.tokens.Drop(token)
	}
}

// judge reads an answer into out; nil means that WeCom took the request, and said so. The text may name the
// caller's address, never a secret.
func (a *api) judge(r outbound.Response, out any) *sender.Failure {
	var head struct {
		Code json.RawMessage `json:"errcode"`
		Text string          `json:"errmsg"`
	}
	code := ""
	if json.Unmarshal(r.Body, &head) == nil {
		if n, err := strconv.ParseInt(strings.TrimSpace(string(head.Code)), 10, 64); err == nil {
			code = strconv.FormatInt(n, 10)
		}
	}
	switch {
	case code == "", code == "0" && (r.Status < 200 || r.Status > 299):
		return a.client.RedactFailure(outbound.StatusFailure(r))
	case code == "0":
		if out == nil {
			return nil
		}
		if err := json.Unmarshal(r.Body, out); err != nil {
			return &sender.Failure{Reason: sender.ReasonOutcomeUnknown, MaybeSent: true, Status: r.Status, Err: errUnreadable}
		}
		return nil
	}
	f := outbound.FailureFromCode(a.table, code, head.Text, r.Status)
	if ip := addressIn(head.Text); code == codeAddress && ip != "" {
		f.Hint = addressHint(ip)
	}
	if f.Class == sender.Later {
		f.Scope = sender.ScopeAccount
	}
	return a.client.RedactFailure(f)
}
