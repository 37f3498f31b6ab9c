package contactpoint

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
)

// receivers is the newer API. Its objects are whole contact points; a rename gives them another name, so ours is found by
// the uid of its integration.
type receivers struct {
	c       *Client
	path    string
	version string
}

func (receivers) name() string { return "receivers" }

func (b receivers) find(ctx context.Context, uid string) (*integration, error) {
	var list struct {
		Items []object `json:"items"`
	}
	if err := b.c.call(ctx, http.MethodGet, b.path, nil, &list); err != nil {
		return nil, worded(err, Wanted{})
	}
	for _, item := range list.Items {
		for _, i := range integrationsOf(item) {
			if i["uid"] == uid {
				return receiver(item, i), nil
			}
		}
	}
	return nil, nil
}

func integrationsOf(item object) (list []object) {
	spec, _ := item["spec"].(object)
	all, _ := spec["integrations"].([]any)
	for _, one := range all {
		if i, ok := one.(object); ok {
			list = append(list, i)
		}
	}
	return list
}

func receiver(item, i object) *integration {
	out := &integration{whole: item, secrets: map[string]bool{}}
	spec, _ := item["spec"].(object)
	out.title, _ = spec["title"].(string)
	metadata, _ := item["metadata"].(object)
	out.page, _ = metadata["name"].(string)
	out.settings, _ = i["settings"].(object)
	out.disableResolve, _ = i["disableResolveMessage"].(bool)
	stored, _ := i["secureFields"].(object)
	for name, set := range stored {
		out.secrets[name] = set == true
	}
	if p := annotation(item, "grafana.com/provenance"); p != "none" {
		out.provenance = p
	}
	return out
}

func annotation(item object, name string) string {
	metadata, _ := item["metadata"].(object)
	annotations, _ := metadata["annotations"].(object)
	value, _ := annotations[name].(string)
	return value
}

func (b receivers) create(ctx context.Context, w Wanted) error {
	// A name in the metadata would be refused: Grafana makes it of the title.
	item := object{
		"apiVersion": group + "/" + b.version, "kind": "Receiver", "metadata": object{},
		"spec": object{"title": w.Title, "integrations": []any{object{
			"uid": UID(w.Name), "type": "webhook", "version": "v1", "disableResolveMessage": false, "settings": w.apply(nil),
		}}},
	}
	err := b.c.call(ctx, http.MethodPost, b.path, item, nil)
	if status(err) == http.StatusConflict {
		return problem("Grafana 里已有名为“%[1]s”的联络点；请换一个名字", "there is a contact point %[1]q in Grafana already; choose another name", w.Title)
	}
	return worded(err, w)
}

// update writes the contact point as it was read, with its version, so that nobody else's change is lost, and with every
// secret that is not ours marked as kept, since one that is left out is deleted.
func (b receivers) update(ctx context.Context, found *integration, w Wanted) error {
	item := maps.Clone(found.whole)
	spec, _ := item["spec"].(object)
	spec = maps.Clone(spec)
	var all []any
	for _, i := range integrationsOf(item) {
		if i["uid"] == UID(w.Name) {
			i = maps.Clone(i)
			i["settings"], i["disableResolveMessage"] = w.apply(found.settings), false
			kept := object{}
			for name, set := range found.secrets {
				if set && name != "authorization_credentials" && name != "hmacConfig.secret" && name != "password" {
					kept[name] = true
				}
			}
			i["secureFields"] = kept
		}
		all = append(all, i)
	}
	spec["integrations"] = all
	item["spec"] = spec
	metadata, _ := item["metadata"].(object)
	name, _ := metadata["name"].(string)
	err := b.c.call(ctx, http.MethodPut, b.path+"/"+url.PathEscape(name), item, nil)
	if status(err) == http.StatusConflict {
		return fmt.Errorf("%w: %w", errConflict, err)
	}
	return worded(err, w)
}

// uses is in the annotations.
func (receivers) uses(_ context.Context, found *integration) (routes, rules int, err error) {
	return counted(found, "grafana.com/inUse/routes"), counted(found, "grafana.com/inUse/rules"), nil
}

// counted reads a number, 0 where Grafana leaves out what the caller may not see.
func counted(found *integration, name string) int {
	n, err := strconv.Atoi(annotation(found.whole, name))
	if err != nil {
		return 0
	}
	return n
}
