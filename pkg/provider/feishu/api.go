package feishu

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	pathToken    = "/open-apis/auth/v3/tenant_access_token/internal" //nolint:gosec // an address, not a secret
	pathMessages = "/open-apis/im/v1/messages"
	pathLookup   = "/open-apis/contact/v3/users/batch_get_id"
	pathBot      = "/open-apis/bot/v3/info"
	pathScopes   = "/open-apis/application/v6/scopes"

	// tokenMargin is the provider's own SDK's.
	tokenMargin = 3 * time.Minute
	// longestToken bounds a nonsensical life; the provider gives 2 h at most.
	longestToken = 24 * time.Hour

	// headerReset holds the seconds to wait after code 99991400.
	headerReset   = "X-Ogw-Ratelimit-Reset"
	longestReset  = time.Hour
	shortestReset = time.Second
)

// api calls the provider with a token that it keeps, and judges the answers.
type api struct {
	client    *outbound.Client
	tokens    *outbound.TokenCache
	settings  settings
	refreshed func()
	table     []sender.CodeMeaning
}

func newAPI(client *outbound.Client, s settings, refreshed func()) *api {
	a := &api{client: client, settings: s, refreshed: refreshed, table: meanings()}
	a.tokens = outbound.NewTokenCache(a.fetchToken, tokenMargin)
	return a
}

// call decodes the whole answer into out if the provider said code 0. A token that was refused is
// replaced once. Its error is always a *sender.Failure.
func (a *api) call(ctx context.Context, r outbound.Request, out any) error {
	for retried := false; ; retried = true {
		token, err := a.tokens.Get(ctx)
		if err != nil {
			return notSent(err)
		}
		r.Header = http.Header{"Authorization": {"Bearer " + token.Reveal()}}
		answer, err := a.client.Do(ctx, r)
		if err != nil {
			return err
		}
		f := a.judge(answer, out)
		if f == nil {
			return nil
		}
		if !retried && isTokenCode(f.Code) {
			a.tokens.Drop(token)
			continue
		}
		return f
	}
}

// fetchToken asks for a tenant access token: while 30 minutes are left the provider repeats the same
// one with what is left of its life, so the life is always the answer's.
// https://open.feishu.cn/document/server-docs/authentication-management/access-token/tenant_access_token_internal
func (a *api) fetchToken(ctx context.Context) (outbound.Token, error) {
	answer, err := a.client.Do(ctx, outbound.Request{
		Method: http.MethodPost, Path: pathToken,
		Body: map[string]string{fieldAppID: a.settings.AppID, fieldAppSecret: a.settings.AppSecret.Reveal()},
	})
	if err != nil {
		return outbound.Token{}, err
	}
	var got struct {
		Token  string  `json:"tenant_access_token"`
		Expire float64 `json:"expire"`
	}
	if f := a.judge(answer, &got); f != nil {
		return outbound.Token{}, f
	}
	if got.Token == "" || got.Expire <= 0 {
		answer.Body = nil // It may hold a token under another name.
		return outbound.Token{}, outbound.StatusFailure(answer)
	}
	a.client.Remember(got.Token)
	if a.refreshed != nil {
		a.refreshed()
	}
	life := time.Duration(min(got.Expire, longestToken.Seconds()) * float64(time.Second))
	return outbound.Token{Value: secret.New(got.Token), TTL: life}, nil
}

// answered is what every answer of the provider begins with.
type answered struct {
	Code  *int64          `json:"code"`
	Msg   string          `json:"msg"`
	Error json.RawMessage `json:"error"`
}

// judge reads the body before the status, since refusals come with HTTP 400 and a code. It returns
// nil only if the provider said code 0 and the answer has the form of out, which may be nil.
func (a *api) judge(r outbound.Response, out any) *sender.Failure {
	var got answered
	if err := json.Unmarshal(r.Body, &got); err != nil || got.Code == nil {
		return a.client.RedactFailure(limited(outbound.StatusFailure(r), r))
	}
	if *got.Code == 0 {
		if r.Status < 200 || r.Status > 299 || (out != nil && json.Unmarshal(r.Body, out) != nil) {
			return a.client.RedactFailure(outbound.StatusFailure(r))
		}
		return nil
	}
	code := strconv.FormatInt(*got.Code, 10)
	f := outbound.FailureFromCode(a.table, code, got.Msg, r.Status)
	if id := logID(got.Error); id != "" {
		f.Text = strings.TrimSpace(f.Text + " (log_id " + id + ")")
	}
	switch {
	case code == codeTargetLimit:
		f.Scope = sender.ScopeTarget
	case code == codeGatewayLimit, r.Status == http.StatusTooManyRequests:
		f = limited(f, r)
	case code == codeBeingSent, r.Status >= 500:
		f.MaybeSent = true
	case code == codeParameter && namesReceiver(got.Msg):
		f.Reason = sender.ReasonRecipient
	}
	return a.client.RedactFailure(f)
}

// limited makes of an answer to too many requests a wait of the account for as long as the gateway says.
func limited(f *sender.Failure, r outbound.Response) *sender.Failure {
	gateway := f.Code == codeGatewayLimit
	if r.Status != http.StatusTooManyRequests && !gateway {
		return f
	}
	wait, named := outbound.RetryAfter(r.Header)
	if seconds, err := strconv.ParseFloat(r.Header.Get(headerReset), 64); err == nil && seconds > 0 {
		wait, named = max(time.Duration(min(seconds, longestReset.Seconds())*float64(time.Second)), shortestReset), true
	}
	switch {
	case named:
		f.Class, f.Reason, f.After, f.Scope = sender.Later, sender.ReasonRateLimited, wait, sender.ScopeAccount
	case gateway:
		f.Scope = sender.ScopeAccount
	default:
		f.Reason = sender.ReasonRateLimited
	}
	return f
}

// notSent words a failure of something that came before the request itself, such as a token: whatever
// became of that, the request was not sent.
func notSent(err error) *sender.Failure {
	f := *sender.AsFailure(err)
	f.MaybeSent = false
	switch {
	case f.Reason == sender.ReasonOutcomeUnknown:
		f.Reason = sender.ReasonUnavailable
	case errors.Is(err, context.DeadlineExceeded):
		f.Reason = sender.ReasonTimeout
	}
	return &f
}

// logID is the provider's id of the call, which its support asks for.
func logID(raw json.RawMessage) string {
	var e struct {
		LogID string `json:"log_id"`
	}
	if json.Unmarshal(raw, &e) != nil || !isPlainID(e.LogID) {
		return ""
	}
	return e.LogID
}

// namesReceiver reads the "ext=" of code 230001.
func namesReceiver(msg string) bool {
	return strings.Contains(msg, "receive_id") || strings.Contains(msg, "user_id") || strings.Contains(msg, "open_id")
}

func post(path string, query url.Values, body any) outbound.Request {
	return outbound.Request{Method: http.MethodPost, Path: path, Query: query, Body: body}
}

func patch(path string, query url.Values, body any) outbound.Request {
	return outbound.Request{Method: http.MethodPatch, Path: path, Query: query, Body: body}
}
