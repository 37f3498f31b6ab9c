package slack

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	methodPost   = "/api/chat.postMessage"
	methodUpdate = "/api/chat.update"
	methodDelete = "/api/chat.delete"
	methodOpen   = "/api/conversations.open"
	methodLookup = "/api/users.lookupByEmail"
	methodTest   = "/api/auth.test"

	// headerScopes lists the scopes of the token that was used.
	headerScopes = "X-OAuth-Scopes"
)

// api calls methods of the Web API and judges the answers.
type api struct {
	client *outbound.Client
	token  secret.Value
	table  []sender.CodeMeaning
}

// post calls a method with arguments in JSON.
func (a *api) post(ctx context.Context, method string, body, out any) (http.Header, error) {
	return a.do(ctx, outbound.Request{Method: http.MethodPost, Path: method, Body: body}, out)
}

// do decodes the whole answer into out if Slack said that it is ok. Its error is always a *sender.Failure.
func (a *api) do(ctx context.Context, r outbound.Request, out any) (http.Header, error) {
	r.Header = http.Header{"Authorization": {"Bearer " + a.token.Reveal()}}
	answer, err := a.client.Do(ctx, r)
	if err != nil {
		return nil, err
	}
	if f := a.judge(answer, out); f != nil {
		return nil, a.client.RedactFailure(f)
	}
	return answer.Header, nil
}

// judge reads the body before the status, since refusals come with HTTP 200. It returns nil only if Slack said ok and
// the answer has the form of out, which may be nil.
// https://docs.slack.dev/apis/web-api#responses
func (a *api) judge(r outbound.Response, out any) *sender.Failure {
	var got struct {
		OK       *bool  `json:"ok"`
		Error    string `json:"error"`
		Needed   string `json:"needed"`
		Metadata struct {
			Messages []string `json:"messages"`
		} `json:"response_metadata"`
	}
	fine := r.Status >= 200 && r.Status <= 299
	if json.Unmarshal(r.Body, &got) != nil || got.OK == nil || (!*got.OK && got.Error == "") || (*got.OK && !fine) {
		return slowDown(outbound.StatusFailure(r), r)
	}
	if *got.OK {
		if out != nil && json.Unmarshal(r.Body, out) != nil {
			return outbound.StatusFailure(r)
		}
		return nil
	}
	f := outbound.FailureFromCode(a.table, got.Error, strings.Join(got.Metadata.Messages, " "), r.Status)
	switch {
	case got.Error == codeScope && scopePattern.MatchString(got.Needed):
		f.Text = strings.TrimSpace(f.Text + " needed: " + got.Needed)
		f.Hint = scopeHint(got.Needed)
	case got.Error == codeInternal, got.Error == codeFatal, r.Status >= 500:
		f.MaybeSent = true
	}
	return slowDown(f, r)
}

// slowDown words a limit: it is that of a method and channel, so others go on, but for the workspace's.
func slowDown(f *sender.Failure, r outbound.Response) *sender.Failure {
	if wait, named := outbound.RetryAfter(r.Header); named && (r.Status == http.StatusTooManyRequests || f.Class == sender.Later) {
		f.Class, f.After = sender.Later, wait
	}
	if f.Class != sender.Later {
		return f
	}
	if r.Status == http.StatusTooManyRequests {
		f.Reason = sender.ReasonRateLimited
	}
	switch {
	case f.Code == codeWorkspaceLimit:
		f.Scope = sender.ScopeAccount
	case f.Reason == sender.ReasonRateLimited:
		f.Scope = sender.ScopeTarget
	}
	return f
}

// scopePattern is what names of scopes are made of, separated by commas.
var scopePattern = regexp.MustCompile(`^[a-z][a-zA-Z.:_, -]{0,200}$`)
