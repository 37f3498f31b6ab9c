package app

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/engine"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// documentName is what faults call an organisation's settings.
const documentName = "settings"

// The names in secureJsonData: each holds a JSON object, since Grafana replaces an entry only as a whole. So an account's
// secrets cannot be sent to another address, or to another secret address, without being entered again.
const (
	accountSecrets = "accounts."
	pointSecrets   = "contact_points."
)

// settings are one state of an organisation's settings, made ready.
type settings struct {
	org     int64
	updated time.Time
	// cfg is nil when there are faults.
	cfg    *config.Config
	faults *config.Faults
	// signing are the secrets of each contact point, the newest first.
	signing map[string][]secret.Value
	// unused are the parts of jsonData that an attached core's file takes the place of; ignored is why others are not in
	// force there, nil where all are.
	unused  []string
	ignored *config.Faults
	// sealed is what is kept on disk; nil where nothing is.
	sealed []byte
}

// document is jsonData, taken apart as far as the app has to look into it.
type document struct {
	top      map[string]json.RawMessage
	accounts map[string]map[string]any
	faults   []*config.Fault
	unused   []string
}

func (d *document) fault(path string, message, hint lang.Text) {
	d.faults = append(d.faults, &config.Fault{File: documentName, Path: path, Message: message, Hint: hint})
}

// read makes settings ready: jsonData has the structure of the configuration file, and secureJsonData its secrets.
func (a *App) read(org int64, raw backend.AppInstanceSettings) *settings {
	s := a.examine(raw)
	s.org, s.updated = org, raw.Updated
	if s.faults != nil {
		return s
	}
	if !a.place.attached() {
		s.sealed = a.seals.seal(raw, org)
	}
	return s
}

// examine finds the faults that settings have; with any, there is no configuration.
func (a *App) examine(raw backend.AppInstanceSettings) *settings {
	d := readDocument(raw.JSONData)
	if a.place.attached() {
		d.leaveToCore()
	} else {
		d.refuseForeign()
	}
	a.mergeSecrets(d, raw.DecryptedSecureJSONData)
	s := &settings{signing: d.signing(raw.DecryptedSecureJSONData), unused: d.unused}
	cfg, err := a.parse(d)
	if err != nil && a.place.attached() {
		s.ignored = d.ignore(joined(nil, err))
		cfg, err = a.parse(d)
	}
	if s.faults = joined(d.faults, err); s.faults == nil {
		s.cfg = cfg
	}
	return s
}

func (a *App) faultsIn(raw backend.AppInstanceSettings) []*config.Fault {
	if faults := a.examine(raw).faults; faults != nil {
		return faults.List
	}
	return nil
}

func readDocument(raw []byte) *document {
	d := &document{top: map[string]json.RawMessage{}}
	if len(bytes.TrimSpace(raw)) == 0 || string(bytes.TrimSpace(raw)) == "null" {
		return d
	}
	if err := json.Unmarshal(raw, &d.top); err != nil {
		d.fault("", lang.Text{ZH: "jsonData 不是 JSON 对象", EN: "jsonData is not a JSON object"}, lang.Text{})
		return d
	}
	if accounts, ok := d.top["accounts"]; ok {
		decoder := json.NewDecoder(bytes.NewReader(accounts))
		decoder.UseNumber()
		if decoder.Decode(&d.accounts) != nil {
			// What it should be is said by the check of the whole.
			d.accounts = nil
		}
	}
	return d
}

// refuseForeign refuses what has no meaning here; nothing is ignored in silence.
func (d *document) refuseForeign() {
	for _, name := range []string{"sources", "listen", "store"} {
		if _, ok := d.top[name]; ok {
			d.fault(name, lang.Text{ZH: "在 Grafana 里没有作用", EN: "means nothing in Grafana"},
				lang.Text{ZH: "请删去它", EN: "remove it"})
			delete(d.top, name)
		}
	}
}

// readWhenAttached are the parts by which the app reads alerts and words its answers wherever the core is.
func readWhenAttached() []string { return []string{"defaults", "labels"} }

// leaveToCore takes away what the file of an attached core decides. It is no fault: an organisation may have had settings
// before, and its pages are read-only now.
func (d *document) leaveToCore() {
	for _, name := range slices.Sorted(maps.Keys(d.top)) {
		if !slices.Contains(readWhenAttached(), name) {
			d.unused = append(d.unused, name)
			delete(d.top, name)
		}
	}
	d.accounts = nil
}

// ignore takes away what faults are in, and returns those. An attached core delivers without these parts, and no page could
// put them right.
func (d *document) ignore(faults *config.Faults) *config.Faults {
	var ignored config.Faults
	for _, name := range readWhenAttached() {
		for _, f := range faults.List {
			if inside(f.Path, name) {
				ignored.List = append(ignored.List, f)
				delete(d.top, name)
			}
		}
	}
	if len(ignored.List) == 0 {
		return nil
	}
	return &ignored
}

// notes tell of the settings that are not in force where a core is attached, which is nothing to put right for alerts to be
// delivered. s may be nil.
func (s *settings) notes() (list []lang.Text) {
	if s == nil {
		return nil
	}
	if len(s.unused) > 0 {
		list = append(list, lang.Text{
			ZH: "Grafana 里的这些设置没有使用，因为由核心的配置文件决定：" + strings.Join(s.unused, "、"),
			EN: "these settings of Grafana's are not used, since the core's file decides: " + strings.Join(s.unused, ", "),
		})
	}
	if s.ignored != nil {
		list = append(list, lang.Text{
			ZH: "Grafana 里的这些设置有错，没有生效，按默认值处理：" + strings.ReplaceAll(s.ignored.In(lang.Chinese), "\n", "；"),
			EN: "these settings of Grafana's have faults and are not in force, what is usual takes their place: " +
				strings.ReplaceAll(s.ignored.In(lang.English), "\n", "; "),
		})
	}
	return list
}

// mergeSecrets puts each account's secrets where the configuration file would have them.
func (a *App) mergeSecrets(d *document, secure map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(d.accounts)) {
		account := d.accounts[name]
		typ, _ := account["type"].(string)
		m, ok := a.manifest(typ)
		if !ok || account == nil {
			continue
		}
		d.merge(name, account, m, secure[accountSecrets+name])
	}
}

// manifest finds a type of account among ours.
func (a *App) manifest(typ string) (m sender.Manifest, ok bool) {
	i := slices.IndexFunc(a.o.Types, func(m sender.Manifest) bool { return m.Type == typ })
	if i < 0 {
		return m, false
	}
	return a.o.Types[i], true
}

// merge takes an account's secrets, but only for the addresses that they were entered for.
func (d *document) merge(name string, account map[string]any, m sender.Manifest, entered string) {
	path := "accounts." + name
	for _, f := range m.Fields {
		if _, ok := account[f.Name]; ok && f.Secret {
			delete(account, f.Name)
			d.fault(path+"."+f.Name, lang.Text{ZH: "密钥不能写在 jsonData 里，任何人都能读到", EN: "a secret must not be in jsonData, where it can be read"},
				lang.Text{ZH: "请写到 secureJsonData 的 " + accountSecrets + name, EN: "put it into " + accountSecrets + name + " of secureJsonData"})
		}
	}
	if entered == "" {
		return
	}
	var secrets map[string]string
	if json.Unmarshal([]byte(entered), &secrets) != nil {
		d.fault(path, lang.Text{
			ZH: "secureJsonData 的 " + accountSecrets + name + ` 应是 JSON 对象，例如 {"app_secret": "…"}`,
			EN: accountSecrets + name + ` of secureJsonData has to be a JSON object, such as {"app_secret": "…"}`,
		}, lang.Text{})
		return
	}
	addresses := addressesOf(m)
	for _, field := range addresses {
		given, _ := account[field].(string)
		if given != secrets[field] {
			d.fault(path+"."+field, lang.Text{
				ZH: "地址和输入密钥时的不同", EN: "the address is not the one that the secrets were entered for",
			}, lang.Text{ZH: "请重新输入这个账号的密钥", EN: "enter this account's secrets again"})
			return
		}
	}
	for _, key := range slices.Sorted(maps.Keys(secrets)) {
		switch {
		case slices.Contains(addresses, key) || secrets[key] == "":
		case slices.ContainsFunc(m.Fields, func(f sender.Field) bool { return f.Secret && f.Name == key }):
			// A dollar sign is one: secrets are not written by hand, and variables are refused here.
			account[key] = strings.ReplaceAll(secrets[key], "$", "$$")
		default:
			d.fault(path, lang.Text{
				ZH: "secureJsonData 的 " + accountSecrets + name + " 里有 " + m.Type + " 没有的密钥字段 " + shown(key),
				EN: accountSecrets + name + " of secureJsonData has " + shown(key) + ", which is no secret of " + m.Type,
			}, lang.Text{})
		}
	}
}

// addressesOf are the fields that decide where secrets are sent. They are repeated beside the secrets.
func addressesOf(m sender.Manifest) []string {
	list := []string{"base_url", "proxy"}
	for _, f := range m.Fields {
		if f.Kind == sender.FieldURL && !f.Secret {
			list = append(list, f.Name)
		}
	}
	return list
}

// parse checks the whole as the configuration file is checked.
func (a *App) parse(d *document) (*config.Config, error) {
	if d.accounts != nil {
		// Strings, numbers and maps that came out of JSON go back into it.
		d.top["accounts"], _ = json.Marshal(d.accounts)
	}
	merged, err := json.MarshalIndent(d.top, "", " ")
	if err != nil {
		return nil, err
	}
	return config.Parse(documentName, merged, a.o.Types, config.Options{CheckTemplates: engine.CheckTemplates})
}

// joined adds what the check of the whole found, without its lines, which are nobody's.
func joined(own []*config.Fault, err error) *config.Faults {
	list := slices.Clone(own)
	if faults, ok := err.(*config.Faults); ok { //nolint:errorlint // Parse returns nothing else and wraps nothing
		for _, f := range faults.List {
			if slices.ContainsFunc(own, func(o *config.Fault) bool { return strings.HasPrefix(o.Path+".", f.Path+".") }) {
				// A secret that is missing for a reason given already.
				continue
			}
			bare := *f
			bare.Line, bare.Column = 0, 0
			list = append(list, &bare)
		}
	} else if err != nil {
		list = append(list, &config.Fault{File: documentName, Message: lang.TextOf(err)})
	}
	if len(list) == 0 {
		return nil
	}
	return &config.Faults{List: list}
}
