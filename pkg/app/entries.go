package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/core"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
)

// The lists of the settings whose entries have names.
const (
	pointList  = "contact_points"
	personList = "people"
)

// kindOf is what people call an entry.
func kindOf(key string) lang.Text {
	return map[string]lang.Text{
		"accounts": {ZH: "账号", EN: "account"}, pointList: {ZH: "联络点", EN: "contact point"}, personList: {ZH: "人员", EN: "person"},
	}[key]
}

func notThere(key, name string) *trouble {
	kind := kindOf(key)
	return said("没有名为 "+shown(name)+" 的"+kind.ZH, "there is no "+kind.EN+" "+shown(name)).as(http.StatusNotFound, "not_found")
}

func alreadyThere(key, name string) *trouble {
	kind := kindOf(key)
	return said("已有名为 "+shown(name)+" 的"+kind.ZH+"；请换一个名称", "there is "+kind.EN+" "+shown(name)+" already; choose another name").
		as(http.StatusConflict, "exists")
}

// expected refuses to create what is there, and to replace what is not.
func expected(key, name string, there, create bool) error {
	switch {
	case there && create:
		return alreadyThere(key, name)
	case !there && !create:
		return notThere(key, name)
	}
	return nil
}

// entryRequest is a change of an entry of a list.
type entryRequest struct {
	Revision string                     `json:"revision"`
	Create   bool                       `json:"create"`
	Settings map[string]json.RawMessage `json:"settings"`
}

// named gives the settings of an entry their name, which the path has.
func named(settings map[string]json.RawMessage, name string) (json.RawMessage, error) {
	if settings == nil {
		return nil, fmt.Errorf("%w: settings is missing", core.ErrInvalid)
	}
	if err := same(settings, "name", name); err != nil {
		return nil, err
	}
	return json.Marshal(settings)
}

// same sets what the settings may repeat but not contradict.
func same(settings map[string]json.RawMessage, field, value string) error {
	if raw, ok := settings[field]; ok && textOf(raw) != value {
		return fmt.Errorf("%w: settings.%s is not %q", core.ErrInvalid, field, value)
	}
	settings[field], _ = json.Marshal(value) // a string can always be written
	return nil
}

// textOf is a JSON string; empty for what is none.
func textOf(raw json.RawMessage) (s string) {
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

func nameOf(entry json.RawMessage) string {
	var named struct {
		Name json.RawMessage `json:"name"`
	}
	if json.Unmarshal(entry, &named) != nil {
		return ""
	}
	return textOf(named.Name)
}

func (ch *change) list(key string) ([]json.RawMessage, error) {
	raw, ok := ch.top[key]
	if !ok {
		return nil, nil
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, said("已保存的 "+key+" 应是列表", "the saved "+key+" have to be a list").as(http.StatusUnprocessableEntity, "invalid_configuration")
	}
	return list, nil
}

// set writes a part. One that is empty is left out, as the configuration wants it.
func (ch *change) set(key string, part any, size int) (err error) {
	if size == 0 {
		delete(ch.top, key)
		return nil
	}
	ch.top[key], err = json.Marshal(part)
	return err
}

// put replaces the entry of a name where it stands, or adds it at the end.
func (ch *change) put(key, name string, in entryRequest) error {
	entry, err := named(in.Settings, name)
	if err != nil {
		return err
	}
	list, err := ch.list(key)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(e json.RawMessage) bool { return nameOf(e) == name })
	if err := expected(key, name, i >= 0, in.Create); err != nil {
		return err
	}
	if i < 0 {
		i, list = len(list), append(list, entry)
	} else {
		list[i] = entry
	}
	ch.own = []string{key + "[" + strconv.Itoa(i) + "]"}
	return ch.set(key, list, len(list))
}

func (ch *change) remove(key, name string) error {
	list, err := ch.list(key)
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(slices.Clone(list), func(e json.RawMessage) bool { return nameOf(e) == name })
	if len(left) == len(list) {
		return notThere(key, name)
	}
	return ch.set(key, left, len(left))
}

// listNames are the names of the entries of each list, in order.
type listNames map[string][]string

func namesOf(jsonData []byte) listNames {
	out := listNames{}
	var top map[string]json.RawMessage
	if json.Unmarshal(jsonData, &top) != nil {
		return out
	}
	for _, key := range []string{pointList, personList} {
		var list []json.RawMessage
		if json.Unmarshal(top[key], &list) != nil {
			continue
		}
		for _, entry := range list {
			out[key] = append(out[key], nameOf(entry))
		}
	}
	return out
}

var entryPattern = regexp.MustCompile(`^(contact_points|people)\[(\d+)\]`)

// key tells faults apart whatever place their entry has in its list.
func (n listNames) key(f *config.Fault) string {
	path := f.Path
	if m := entryPattern.FindStringSubmatch(path); m != nil {
		if i, err := strconv.Atoi(m[2]); err == nil && i < len(n[m[1]]) {
			path = m[1] + "[" + n[m[1]][i] + "]" + path[len(m[0]):]
		}
	}
	return path + "\x00" + f.Message.EN
}

// inside tells whether a path leads into another.
func inside(path, into string) bool {
	rest, ok := strings.CutPrefix(path, into)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// putPerson makes or replaces a person.
func (a *App) putPerson(c *call) (any, error) {
	var in entryRequest
	if err := c.into(&in); err != nil {
		return nil, err
	}
	return answered(a.change(c, in.Revision, func(ch *change) error { return ch.put(personList, c.PathValue("person"), in) }))
}

// deletePerson deletes one whom no contact point names.
func (a *App) deletePerson(c *call) (any, error) {
	return answered(a.change(c, c.URL.Query().Get("revision"), func(ch *change) error {
		name := c.PathValue("person")
		if err := ch.unused("person", name, lang.Text{ZH: "要通知或提醒这个人", EN: "notifies or mentions this person"}); err != nil {
			return err
		}
		return ch.remove(personList, name)
	}))
}

// answered keeps a nil answer from becoming one that is not nil.
func answered(out *changeAnswer, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return out, nil
}
