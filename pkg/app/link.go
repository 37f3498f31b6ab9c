package app

import (
	"context"
	"fmt"
	"net/http"

	"github.com/yunluo-alerts/yunluo/pkg/app/contactpoint"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
)

// linkRequest looks at Grafana's contact point, or makes it and puts right what differs. Grafana is asked by the page, with
// its user's login: Answers are what was said so far.
type linkRequest struct {
	Write bool `json:"write"`
	// Title is what Grafana's contact point is called when it is made; it may be renamed there.
	Title   string                `json:"title"`
	Force   bool                  `json:"force"`
	Answers []contactpoint.Answer `json:"answers"`
}

// linkAnswer is the next question, or the end.
type linkAnswer struct {
	Ask   *contactpoint.Ask   `json:"ask,omitempty"`
	State *contactpoint.State `json:"state,omitempty"`
	// Path is where Grafana's own page of the contact point is, below Grafana's root.
	Path string `json:"path,omitempty"`
}

// maxLink bounds a request with the answers so far, each of which may list all contact points; Grafana lets through 16 MiB.
const maxLink = 15 << 20

func (a *App) link(c *call) (any, error) {
	var in linkRequest
	if err := c.upTo(maxLink, &in); err != nil {
		return nil, err
	}
	name := c.PathValue("contact_point")
	if err := a.mustHave(c, name); err != nil {
		return nil, err
	}
	keys := signingOf(c.settings.DecryptedSecureJSONData, name)
	if len(keys) == 0 {
		return nil, said("这个联络点还没有签名密钥；请先保存它", "this contact point has no signing secret yet; save it first").lasting()
	}
	to, err := c.accessOf()
	if err != nil {
		return nil, err
	}
	if to.WebhookToken == "" {
		return nil, said(
			"还没有 Grafana 调用本应用的令牌；请管理员在配置页上填写，或按手动方式自己建联络点",
			"there is no token yet by which Grafana calls the app; an admin has to enter it on the Configuration page, or make the contact point by hand").as(http.StatusConflict, "no_access")
	}
	return asked(c.Context(), c.tenant.org, in, contactpoint.Wanted{
		Name: name, Title: orElse(in.Title, titleOf(name)), Force: in.Force,
		URL: to.hook(name), Token: secret.New(to.WebhookToken), HMACSecret: keys[0],
	})
}

func asked(ctx context.Context, org int64, in linkRequest, wanted contactpoint.Wanted) (any, error) {
	relay, err := contactpoint.NewRelay(in.Answers)
	if err != nil {
		return nil, err
	}
	client := contactpoint.New(contactpoint.Options{Org: org, Transport: relay})
	do := client.Look
	if in.Write {
		do = client.Keep
	}
	state, err := do(ctx, wanted)
	switch ask := relay.Ask(); {
	case ask != nil && len(in.Answers) == contactpoint.MaxAnswers:
		return nil, said(
			fmt.Sprintf("问了 Grafana %d 次还没有结果；请稍后再试", contactpoint.MaxAnswers),
			fmt.Sprintf("Grafana was asked %d times and it came to nothing; try again later", contactpoint.MaxAnswers),
		).as(http.StatusBadGateway, "grafana")
	case ask != nil:
		return linkAnswer{Ask: ask}, nil
	case err != nil:
		return nil, err
	}
	return linkAnswer{State: &state, Path: state.Page}, nil
}
