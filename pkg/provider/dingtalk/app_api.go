package dingtalk

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	pathToken      = "/v1.0/oauth2/accessToken" //nolint:gosec // an address, not a secret
	pathPeople     = "/v1.0/robot/oToMessages/batchSend"
	pathGroup      = "/v1.0/robot/groupMessages/send"
	pathUnPeople   = "/v1.0/robot/otoMessages/batchRecall"
	pathUnGroup    = "/v1.0/robot/groupMessages/recall"
	pathReadStatus = "/v1.0/robot/oToMessages/readStatus"
	pathDing       = "/v1.0/robot/ding/send"
	pathUnDing     = "/v1.0/robot/ding/recall"
	pathMobile     = "/topapi/v2/user/getbymobile"

	headerToken = "x-acs-dingtalk-access-token" //nolint:gosec // a header's name
	tokenMargin = 3 * time.Minute
	longestLife = 24 * time.Hour
)

var errUnreadable = errors.New("the answer is not the JSON that DingTalk documents")

// api calls both of DingTalk's APIs with one access token, which it fetches and replaces.
type api struct {
	client, contacts *outbound.Client
	tokens           *outbound.TokenCache
	settings         appSettings
	refreshed        func()
}

func newAPI(client, contacts *outbound.Client, s appSettings, refreshed func()) *api {
	a := &api{client: client, contacts: contacts, settings: s, refreshed: refreshed}
	a.tokens = outbound.NewTokenCache(a.fetchToken, tokenMargin)
	return a
}

// fetchToken asks for the app's token.
// https://open.dingtalk.com/document/orgapp/obtain-the-access_token-of-an-internal-app
func (a *api) fetchToken(ctx context.Context) (outbound.Token, error) {
	answer, err := a.client.Do(ctx, outbound.Request{
		Method: http.MethodPost, Path: pathToken,
		Body: map[string]string{"appKey": a.settings.AppKey, "appSecret": a.settings.AppSecret.Reveal()},
	})
	if err != nil {
		return outbound.Token{}, outbound.NotSent(err)
	}
	var got struct {
		Token string  `json:"accessToken"`
		Life  float64 `json:"expireIn"`
	}
	if f := a.judge(answer); f != nil {
		return outbound.Token{}, outbound.NotSent(f)
	}
	if json.Unmarshal(answer.Body, &got) != nil || got.Token == "" || got.Life <= 0 {
		answer.Body = nil // It may hold a token under another name.
		return outbound.Token{}, outbound.NotSent(outbound.StatusFailure(answer))
	}
	a.client.Remember(got.Token)
	a.contacts.Remember(got.Token)
	if a.refreshed != nil {
		a.refreshed()
	}
	return outbound.Token{Value: secret.New(got.Token), TTL: time.Duration(min(got.Life, longestLife.Seconds()) * float64(time.Second))}, nil
}

// call asks the new API; a refused token is replaced once. What a success must hold is for the caller to check.
func (a *api) call(ctx context.Context, method, path string, query url.Values, body, out any) error {
	return a.withToken(ctx, func(token secret.Value) (outbound.Response, *sender.Failure, error) {
		r, err := a.client.Do(ctx, outbound.Request{
			Method: method, Path: path, Query: query, Body: body, Header: http.Header{http.CanonicalHeaderKey(headerToken): {token.Reveal()}},
		})
		if err != nil {
			return r, nil, err
		}
		return r, a.judge(r), nil
	}, out)
}

// lookup asks the old API.
func (a *api) lookup(ctx context.Context, path string, body, out any) error {
	return a.withToken(ctx, func(token secret.Value) (outbound.Response, *sender.Failure, error) {
		r, err := a.contacts.Do(ctx, outbound.Request{
			Method: http.MethodPost, Path: path, Query: url.Values{"access_token": {token.Reveal()}}, Body: body,
		})
		if err != nil {
			return r, nil, err
		}
		return r, a.judgeOld(r), nil
	}, out)
}

func (a *api) withToken(ctx context.Context, ask func(secret.Value) (outbound.Response, *sender.Failure, error), out any) error {
	for again := true; ; again = false {
		token, err := a.tokens.Get(ctx)
		if err != nil {
			return err
		}
		r, f, err := ask(token)
		switch {
		case err != nil:
			return err
		case f == nil:
			if json.Unmarshal(r.Body, out) != nil {
				return &sender.Failure{Reason: sender.ReasonOutcomeUnknown, MaybeSent: true, Status: r.Status, Err: errUnreadable}
			}
			return nil
		case !again || !slices.Contains([]string{codeBadToken, "40014", "42001"}, f.Code):
			return f
		}
		a.tokens.Drop(token)
	}
}

// judge reads an answer of the new API: a refusal has a code in words and an HTTP status of 400 or more, one by the
// gateway before it has neither. A success has no mark of its own, so that its fields must be there is for the caller to check.
func (a *api) judge(r outbound.Response) *sender.Failure {
	var head struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	if json.Unmarshal(r.Body, &head) == nil && head.Code != "" {
		return a.client.RedactFailure(scoped(outbound.FailureFromCode(appCodes(), head.Code, head.Message, r.Status)))
	}
	if code, said, ok := parseAnswer(r); ok && code != "0" {
		return a.client.RedactFailure(scoped(outbound.FailureFromCode(appCodes(), code, said, r.Status)))
	}
	if r.Status < 200 || r.Status > 299 || !json.Valid(r.Body) {
		return a.client.RedactFailure(outbound.StatusFailure(r))
	}
	return nil
}

// judgeOld reads an answer of the old API, which always is HTTP 200 with an errcode.
func (a *api) judgeOld(r outbound.Response) *sender.Failure {
	code, said, ok := parseAnswer(r)
	switch {
	case !ok, code == "0" && (r.Status < 200 || r.Status > 299):
		return a.contacts.RedactFailure(outbound.StatusFailure(r))
	case code == "0":
		return nil
	}
	return a.contacts.RedactFailure(scoped(outbound.FailureFromCode(appCodes(), code, said, r.Status)))
}

func scoped(f *sender.Failure) *sender.Failure {
	if f.Class == sender.Later {
		f.Scope = sender.ScopeAccount
	}
	return f
}
