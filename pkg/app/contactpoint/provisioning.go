package contactpoint

import (
	"context"
	"maps"
	"net/http"
	"net/url"
)

// provisioning is the older API. Its objects are single integrations, it locks nothing, and it stores what it showed as
// [REDACTED] literally where that is nested.
type provisioning struct{ c *Client }

const (
	pointsPath   = "/api/v1/provisioning/contact-points"
	policiesPath = "/api/v1/provisioning/policies"
)

func (provisioning) name() string { return "provisioning" }

func (b provisioning) find(ctx context.Context, uid string) (*integration, error) {
	var list []object
	if err := b.c.call(ctx, http.MethodGet, pointsPath, nil, &list); err != nil {
		return nil, worded(err, Wanted{})
	}
	for _, item := range list {
		if item["uid"] == uid {
			return provisioned(item), nil
		}
	}
	return nil, nil
}

func provisioned(item object) *integration {
	out := &integration{whole: item, secrets: map[string]bool{}}
	out.title, _ = item["name"].(string)
	out.page = out.title
	out.provenance, _ = item["provenance"].(string)
	out.disableResolve, _ = item["disableResolveMessage"].(bool)
	out.settings, _ = item["settings"].(object)
	out.secrets["authorization_credentials"] = out.settings["authorization_credentials"] == redacted
	signs, _ := out.settings["hmacConfig"].(object)
	out.secrets["hmacConfig.secret"] = signs["secret"] == redacted
	return out
}

func (b provisioning) create(ctx context.Context, w Wanted) error {
	// The same name would become a second integration of that contact point, and send everything twice.
	var list []object
	if err := b.c.call(ctx, http.MethodGet, pointsPath, nil, &list); err != nil {
		return worded(err, w)
	}
	for _, item := range list {
		if item["name"] == w.Title {
			return problem("Grafana 里已有名为“%[1]s”的联络点；请换一个名字", "there is a contact point %[1]q in Grafana already; choose another name", w.Title)
		}
	}
	return worded(b.c.call(ctx, http.MethodPost, pointsPath, object{
		"uid": UID(w.Name), "name": w.Title, "type": "webhook", "disableResolveMessage": false, "settings": w.apply(nil),
	}, nil), w)
}

// update always sends the real secrets: those that are left out are deleted, and a nested [REDACTED] is stored as it stands.
func (b provisioning) update(ctx context.Context, found *integration, w Wanted) error {
	settings := w.apply(found.settings)
	for name, value := range settings {
		if nested, ok := value.(object); ok && name != "hmacConfig" && holdsRedacted(nested) {
			return problem(
				"联络点“%[1]s”的 %[2]s 里有密钥，用这个版本的 API 改写会毁掉它；请在 Grafana 的页面上修改",
				"the contact point %[1]q has a secret in %[2]s that a write through this version's API would destroy; change it on Grafana's page", found.title, name)
		}
	}
	delete(settings, "hmacConfig.secret")
	item := maps.Clone(found.whole)
	item["settings"], item["disableResolveMessage"] = settings, false
	return worded(b.c.call(ctx, http.MethodPut, pointsPath+"/"+url.PathEscape(UID(w.Name)), item, nil), w)
}

func holdsRedacted(v object) bool {
	for _, value := range v {
		if nested, ok := value.(object); value == redacted || ok && holdsRedacted(nested) {
			return true
		}
	}
	return false
}

// uses reads the tree of notification policies, and only reads it.
func (b provisioning) uses(ctx context.Context, found *integration) (routes, rules int, err error) {
	var root policy
	err = b.c.call(ctx, http.MethodGet, policiesPath, nil, &root)
	if status(err) == http.StatusForbidden {
		return 0, 0, nil
	}
	return root.using(found.title), 0, worded(err, Wanted{})
}

type policy struct {
	Receiver string   `json:"receiver"`
	Routes   []policy `json:"routes"`
}

func (p policy) using(title string) (n int) {
	if p.Receiver == title {
		n++
	}
	for _, r := range p.Routes {
		n += r.using(title)
	}
	return n
}
