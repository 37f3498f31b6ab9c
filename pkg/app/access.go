package app

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/config"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// grafanaSecrets is the entry of secureJsonData that says how the app reaches its own Grafana, and Grafana the app.
const grafanaSecrets = "grafana"

// access is that entry. The address stands beside the tokens, so neither can be changed without the other.
type access struct {
	// URL is Grafana's as seen from itself; empty means the root URL of its configuration.
	URL string `json:"url,omitempty"`
	// WebhookToken is what Grafana calls the app with; a Viewer's is enough.
	WebhookToken string `json:"webhook_token,omitempty"`
	// SettingsToken may save the app's settings (Admin): with it editors save what they may change.
	SettingsToken string `json:"settings_token,omitempty"`
}

// entered is the entry as it was saved.
func (c *call) entered() (access, error) {
	var in access
	if saved := c.settings.DecryptedSecureJSONData[grafanaSecrets]; saved != "" {
		if err := json.Unmarshal([]byte(saved), &in); err != nil {
			// The error could quote a token.
			return access{}, said("secureJsonData 的 grafana 应是 JSON 对象", "grafana of secureJsonData has to be a JSON object").lasting()
		}
	}
	return in, nil
}

// surroundings are Grafana's root URL, and the token of the service account that it manages for the app; empty where there is none.
func (c *call) surroundings() (root, managed string) {
	from := backend.PluginConfigFromContext(c.Context()).GrafanaConfig
	if from == nil {
		from = config.NewGrafanaCfg(nil)
	}
	root, err := from.AppURL()
	if err != nil {
		root = ""
	}
	if managed, err = from.PluginAppClientSecret(); err != nil {
		managed = ""
	}
	return root, managed
}

// accessOf fills in what was not entered. A token may still be missing. The managed account may write the app's settings, so
// its token goes to no address but Grafana's own, and to nobody who links a contact point.
func (c *call) accessOf() (access, error) {
	in, err := c.entered()
	if err != nil {
		return in, err
	}
	root, managed := c.surroundings()
	root = strings.TrimRight(root, "/")
	if in.URL = orElse(strings.TrimRight(in.URL, "/"), root); in.URL == "" {
		return in, said("Grafana 没有告诉插件它的地址；请在设置里填写", "Grafana did not tell the plugin its address; enter it in the settings").lasting()
	}
	if in.URL == root {
		in.SettingsToken = orElse(in.SettingsToken, managed)
	}
	return in, nil
}

// savesForEditors tells whether the app may save settings for those who may not themselves.
func (c *call) savesForEditors() bool {
	to, err := c.accessOf()
	return err == nil && to.SettingsToken != ""
}

// hook is where Grafana posts the notifications of a contact point.
func (in access) hook(point string) string {
	return in.URL + "/api/plugins/" + ID + "/resources/v1/notify/" + point
}

func orElse(value, fallback string) string {
	if value != "" {
		return value
	}
	return fallback
}

type accessAnswer struct {
	URL    string `json:"url"`
	AppURL string `json:"app_url"`
	// WebhookToken and SettingsToken tell whether they are set, Managed whether Grafana manages an account for the app.
	WebhookToken  bool   `json:"webhook_token"`
	SettingsToken bool   `json:"settings_token"`
	Managed       bool   `json:"managed"`
	Revision      string `json:"revision"`
}

// grafana tells what is set. An entry that cannot be read counts as none, so that it can be entered again.
func (a *App) grafana(c *call) (any, error) {
	in, err := c.entered()
	if err != nil {
		in = access{}
	}
	root, managed := c.surroundings()
	return accessAnswer{
		URL: in.URL, AppURL: root, WebhookToken: in.WebhookToken != "", SettingsToken: in.SettingsToken != "",
		Managed: managed != "", Revision: c.revision(),
	}, nil
}

type accessRequest struct {
	Revision string `json:"revision"`
	access
}

// putGrafana replaces the whole entry. It is Grafana's, so a core of its own file does not have it.
func (a *App) putGrafana(c *call) (any, error) {
	var in accessRequest
	if err := c.into(&in); err != nil {
		return nil, err
	}
	_, managed := c.surroundings()
	return answered(a.amend(c, in.Revision, func(ch *change) error {
		ch.checkAccess(in.access, managed != "")
		if in.access == (access{}) {
			ch.secure[grafanaSecrets] = ""
			return nil
		}
		raw, err := json.Marshal(in.access)
		ch.secure[grafanaSecrets] = string(raw)
		return err
	}))
}

func (ch *change) checkAccess(in access, managed bool) {
	if in.URL != "" {
		u, err := url.Parse(in.URL)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			ch.fault("grafana.url", lang.Text{ZH: "不是 Grafana 的地址", EN: "it is no address of a Grafana"}, lang.Text{
				ZH: "应以 http:// 或 https:// 开头，不带用户名和参数，例如 https://grafana.example.com/grafana",
				EN: "it has to begin with http:// or https:// and have neither user nor parameters, as in https://grafana.example.com/grafana",
			})
		}
	}
	if in.WebhookToken == "" && !managed {
		ch.fault("grafana.webhook_token", lang.Text{ZH: "缺少令牌", EN: "the token is missing"}, lang.Text{
			ZH: "请填写一个查看者（Viewer）服务账号的令牌，Grafana 用它调用本应用",
			EN: "enter the token of a service account with the role Viewer, by which Grafana calls the app",
		})
	}
	if in.WebhookToken != "" && in.WebhookToken == in.SettingsToken {
		ch.fault("grafana.webhook_token", lang.Text{ZH: "与保存设置用的令牌相同", EN: "it is the token for saving settings"}, lang.Text{
			ZH: "在 Grafana 中创建联络点的人能看到它；请另用一个查看者（Viewer）服务账号的令牌",
			EN: "whoever makes a contact point in Grafana can see it; use the token of another service account, with the role Viewer",
		})
	}
	for name, token := range map[string]string{"webhook_token": in.WebhookToken, "settings_token": in.SettingsToken} {
		if strings.ContainsFunc(token, func(r rune) bool { return r > unicode.MaxASCII || unicode.IsSpace(r) || unicode.IsControl(r) }) {
			ch.fault("grafana."+name, lang.Text{ZH: "令牌里有空格或其他不能用的字符", EN: "the token has blanks or other characters that it cannot have"},
				lang.Text{ZH: "请重新复制它", EN: "copy it again"})
		}
	}
}

// refusedByGrafana is what stands in the way of saving settings.
func refusedByGrafana(status int) *trouble {
	t := map[int]*trouble{
		http.StatusUnauthorized: said(
			"Grafana 不认保存设置用的令牌；请管理员在配置页上换一个有效的",
			"Grafana does not know the token for saving settings; an admin has to enter a valid one on the Configuration page"),
		http.StatusForbidden: said(
			"保存设置用的令牌权限不够；它的服务账号需要管理员（Admin）角色，或权限 plugins:write",
			"the token for saving settings may not do that; its service account needs the role Admin, or the permission plugins:write"),
		http.StatusNotFound: said(
			"Grafana 说没有这个应用；请检查配置页上 Grafana 的地址，并确认应用已启用",
			"Grafana says that there is no such app; check Grafana's address on the Configuration page, and that the app is enabled"),
	}[status]
	if t == nil && status >= 300 && status < 400 {
		t = said("Grafana 把保存设置的请求转到了别处；请检查配置页上 Grafana 的地址", "Grafana sent the request to save settings elsewhere; check Grafana's address on the Configuration page")
	}
	return t
}
