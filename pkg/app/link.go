package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/config"

	"github.com/yunluo-alerts/yunluo/pkg/app/contactpoint"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
)

// grafanaSecrets is the entry of secureJsonData that says how the app reaches its own Grafana, and Grafana the app.
const grafanaSecrets = "grafana"

// access is that entry. The address stands beside the tokens, so neither can be changed without the other.
type access struct {
	// URL is Grafana's as seen from itself; empty means the root URL of its configuration.
	URL string `json:"url"`
	// APIToken may write contact points (Editor). WebhookToken is what Grafana calls the app with; a Viewer's is enough.
	APIToken     string `json:"api_token"`
	WebhookToken string `json:"webhook_token"`
}

// accessOf falls back to the service account that Grafana manages for the app, where it does.
func (c *call) accessOf() (access, error) {
	var in access
	if entered := c.settings.DecryptedSecureJSONData[grafanaSecrets]; entered != "" {
		if err := json.Unmarshal([]byte(entered), &in); err != nil {
			// The error could quote a token.
			return in, said("secureJsonData 的 grafana 应是 JSON 对象", "grafana of secureJsonData has to be a JSON object").lasting()
		}
	}
	from := backend.PluginConfigFromContext(c.Context()).GrafanaConfig
	if from == nil {
		from = config.NewGrafanaCfg(nil)
	}
	if in.URL == "" {
		url, err := from.AppURL()
		if err != nil {
			return in, because(err, "Grafana 没有告诉插件它的地址；请在设置里填写", "Grafana did not tell the plugin its address; enter it in the settings").lasting()
		}
		in.URL = url
	}
	if managed, err := from.PluginAppClientSecret(); err == nil {
		in.APIToken, in.WebhookToken = orElse(in.APIToken, managed), orElse(in.WebhookToken, managed)
	}
	if in.APIToken == "" || in.WebhookToken == "" {
		return in, said(
			"还没有 Grafana 的令牌；请管理员在应用的配置页上创建，或按手动方式自己建联络点",
			"there are no tokens for Grafana yet; an admin has to make them on the app's configuration page, or make the contact point by hand").lasting()
	}
	return in, nil
}

func orElse(value, fallback string) string {
	if value != "" {
		return value
	}
	return fallback
}

type linkRequest struct {
	// Title is what Grafana's contact point is called when it is made; it may be renamed there.
	Title string `json:"title"`
	Force bool   `json:"force"`
}

// linked compares Grafana's contact point with ours.
func (a *App) linked(c *call) (any, error) {
	return a.withGrafana(c, linkRequest{}, (*contactpoint.Client).Look)
}

// link makes Grafana's contact point, or puts right what differs.
func (a *App) link(c *call) (any, error) {
	var in linkRequest
	if err := c.into(&in); err != nil {
		return nil, err
	}
	return a.withGrafana(c, in, (*contactpoint.Client).Keep)
}

func (a *App) withGrafana(
	c *call, in linkRequest, do func(*contactpoint.Client, context.Context, contactpoint.Wanted) (contactpoint.State, error),
) (any, error) {
	ctx, cancel := context.WithTimeout(c.Context(), answerWithin)
	defer cancel()
	name := c.PathValue("contact_point")
	room, _, err := a.ready(ctx, c.tenant)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(a.pointNames(ctx, room, c.tenant), name) {
		return nil, fmt.Errorf("%w: no contact point %q", core.ErrNotFound, name)
	}
	keys := (&document{}).signing(pointSecrets+name, c.settings.DecryptedSecureJSONData[pointSecrets+name])
	if len(keys) == 0 {
		return nil, said("这个联络点还没有签名密钥", "this contact point has no signing secret yet").lasting()
	}
	to, err := c.accessOf()
	if err != nil {
		return nil, err
	}
	client, err := contactpoint.New(contactpoint.Options{URL: to.URL, Token: secret.New(to.APIToken), Org: c.tenant.org, Transport: a.o.Transport})
	if err != nil {
		return nil, err
	}
	return do(client, ctx, contactpoint.Wanted{
		Name: name, Title: orElse(in.Title, name+" (Yunluo)"), Force: in.Force,
		URL:   strings.TrimRight(to.URL, "/") + "/api/plugins/" + ID + "/resources/v1/notify/" + name,
		Token: secret.New(to.WebhookToken), HMACSecret: keys[0],
	})
}
