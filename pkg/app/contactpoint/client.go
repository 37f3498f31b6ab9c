package contactpoint

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const (
	// maxReply bounds what is read of one answer: the list of all contact points.
	maxReply = 16 << 20
	// maxSaid bounds what is repeated of an answer, in bytes.
	maxSaid = 300
)

// Options say whose contact points, and who asks. Both are required.
type Options struct {
	Org int64
	// Transport asks Grafana as somebody who may read and write contact points. Of a request it needs method, path, headers
	// and body: to whom it goes is its own business.
	Transport http.RoundTripper
}

// Client talks to one Grafana about one organisation's contact points.
type Client struct {
	o    Options
	http *http.Client
}

// New makes a client. It does not touch the network.
func New(o Options) *Client {
	return &Client{o: o, http: &http.Client{
		Transport: o.Transport,
		// A redirect, as to a login page, would be mistaken for an answer.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// base stands for whatever Grafana the transport asks.
const base = "http://grafana"

// backEnd is one of Grafana's two APIs.
type backEnd interface {
	name() string
	// find gives the integration of a uid; nil when there is none.
	find(ctx context.Context, uid string) (*integration, error)
	create(ctx context.Context, w Wanted) error
	update(ctx context.Context, found *integration, w Wanted) error
	// uses counts the notification policies that use a contact point, and the alert rules that name it themselves as far as that is told.
	uses(ctx context.Context, found *integration) (routes, rules int, err error)
}

// integration is ours among those of a contact point.
type integration struct {
	title, provenance string
	// page is what Grafana's pages call the contact point.
	page           string
	settings       object
	disableResolve bool
	// secrets are the names of those that are stored.
	secrets map[string]bool
	// whole is the object that the API gave, to be written back with what is not ours untouched.
	whole object
}

// group is the newer API's.
const group = "notifications.alerting.grafana.app"

// backEnd asks which API there is. The newer one locks optimistically and keeps secrets that are not sent, so it is
// preferred; Grafana 12.4 has it as v0alpha1 only.
//
//nolint:ireturn // it is one of the two
func (c *Client) backEnd(ctx context.Context) (backEnd, error) {
	var found struct {
		Versions []struct {
			Version string `json:"version"`
		} `json:"versions"`
	}
	err := c.call(ctx, http.MethodGet, "/apis/"+group, nil, &found)
	if status(err) == http.StatusNotFound {
		return provisioning{c}, nil
	}
	if err != nil {
		return nil, worded(err, Wanted{})
	}
	for _, known := range []string{"v1beta1", "v0alpha1"} {
		for _, v := range found.Versions {
			if v.Version == known {
				return receivers{c, "/apis/" + group + "/" + known + "/namespaces/" + c.namespace() + "/receivers", known}, nil
			}
		}
	}
	return provisioning{c}, nil
}

func (c *Client) namespace() string {
	if c.o.Org == 1 {
		return "default"
	}
	return "org-" + strconv.FormatInt(c.o.Org, 10)
}

// refusal is an answer that is not a success.
type refusal struct {
	method, path string
	status       int
	said         string
}

// Error gives what Grafana said.
func (r *refusal) Error() string {
	return fmt.Sprintf("%s %s: %d %s: %s", r.method, r.path, r.status, http.StatusText(r.status), r.said)
}

func status(err error) int {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.status
	}
	return 0
}

func isConflict(err error) bool { return errors.Is(err, errConflict) }

var errConflict = errors.New("written by somebody else meanwhile")

// call sends JSON and reads JSON; in and out may be nil.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("ask Grafana: %w", err)
		}
		body = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(ctx, method, base+path, body)
	if err != nil {
		return fmt.Errorf("ask Grafana: %w", err)
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("X-Grafana-Org-Id", strconv.FormatInt(c.o.Org, 10))
	// So that people can go on changing it on Grafana's own pages; the newer API does not look at it.
	r.Header.Set("X-Disable-Provenance", "true")
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := c.http.Do(r)
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err
		}
		return &Error{Text: problem("连不上 Grafana：%[1]v", "cannot reach Grafana: %[1]v", err).Text, err: err}
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, maxReply))
	if err != nil {
		return fmt.Errorf("read Grafana's answer: %w", err)
	}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return &refusal{method: method, path: path, status: answer.StatusCode, said: saidBy(raw)}
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return problem("Grafana 对 %[1]s 的回答不是 JSON；请检查前面是否有登录页", "Grafana's answer to %[1]s is not JSON; check whether a login page is in front of it", path)
	}
	return nil
}

// saidBy finds the sentence in an error of either API.
func saidBy(raw []byte) string {
	var e struct {
		Message string `json:"message"`
	}
	said := string(raw)
	if json.Unmarshal(raw, &e) == nil && e.Message != "" {
		said = e.Message
	}
	if len(said) > maxSaid {
		said = said[:maxSaid]
	}
	return strings.ToValidUTF8(said, "\ufffd")
}

// worded explains what Grafana refused.
func worded(err error, w Wanted) error {
	r, ok := errors.AsType[*refusal](err)
	if !ok {
		return err
	}
	said := w.scrubbed(r.said)
	var p *Error
	switch r.status {
	case http.StatusUnauthorized:
		p = problem("Grafana 说你没有登录（%[1]s）；请重新登录", "Grafana says that you are not logged in (%[1]s); log in again", said)
	case http.StatusForbidden:
		p = problem(
			"你的账号不能修改 Grafana 的联络点（%[1]s）；请让编辑者（Editor）或管理员来做，或按手动方式",
			"your login may not change Grafana's contact points (%[1]s); let an editor or an admin do it, or take the manual way", said)
	default:
		p = problem("Grafana 拒绝了：%[1]d %[2]s", "Grafana refused: %[1]d %[2]s", r.status, said)
	}
	p.err = &refusal{method: r.method, path: r.path, status: r.status, said: said}
	return p
}
