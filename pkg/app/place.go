package app

import (
	"net/http"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
)

// The keys of [plugin.yunluo-notify-app], as Grafana passes them.
const (
	envCore      = "GF_PLUGIN_CORE"
	envCoreUID   = "GF_PLUGIN_CORE_UID"
	envDataDir   = "GF_PLUGIN_DATA_DIR"
	envSecretKey = "GF_PLUGIN_SECRET_KEY" //nolint:gosec // the name of a variable
	envLicence   = "GF_ENTERPRISE_LICENSE_PATH"
)

// place is where the operator of this Grafana wants the core and its data.
type place struct {
	// core is the socket of a core to attach to; empty when the core is in this process.
	core string
	uids []int
	// dir holds store and sealed settings; it survives an upgrade of the plugin, whose own folder does not.
	dir string
	// key seals settings; unset means a key file in dir.
	key secret.Value
	// wrong is what the operator has to put right; nil if nothing.
	wrong *trouble
}

func (p place) attached() bool { return p.core != "" }

// tenant is whose configuration and history an organisation sees: a core of its own file has only one.
func (p place) tenant(org int64) string {
	if p.attached() {
		return config.MainTenant
	}
	return "org-" + strconv.FormatInt(org, 10)
}

// placeFrom reads the environment. Grafana tells plugins nothing of its data directory, but where its licence would be:
// measured on 12.4, always, also without a licence, and in that directory unless the operator moved it.
func placeFrom(env func(string) string) place {
	p := place{core: env(envCore), dir: env(envDataDir), key: secret.New(env(envSecretKey))}
	for word := range strings.FieldsFuncSeq(env(envCoreUID), func(r rune) bool { return r == ',' || r == ' ' }) {
		uid, err := strconv.Atoi(word)
		if err != nil || uid < 0 {
			p.wrong = said("core_uid 应是用户号，例如 998："+shown(word), "core_uid has to be user ids, such as 998: "+shown(word))
			continue
		}
		p.uids = append(p.uids, uid)
	}
	switch {
	case p.attached() && !filepath.IsAbs(p.core):
		p.wrong = said("core 应是套接字的绝对路径："+shown(p.core), "core has to be the absolute path of a socket: "+shown(p.core))
	case p.attached():
	case p.dir != "" && !filepath.IsAbs(p.dir):
		p.wrong = said("data_dir 应是绝对路径："+shown(p.dir), "data_dir has to be an absolute path: "+shown(p.dir))
	case p.dir != "":
		p.dir = filepath.Clean(p.dir)
	case filepath.IsAbs(env(envLicence)):
		p.dir = filepath.Join(filepath.Dir(env(envLicence)), "yunluo")
	default:
		p.wrong = said(
			"不知道数据放在哪里：Grafana 没有告诉插件它的数据目录；请在 Grafana 配置的 [plugin.yunluo-notify-app] 里写 data_dir，然后重启 Grafana",
			"there is no place for the data: Grafana did not say where its data directory is; set data_dir in [plugin.yunluo-notify-app] of Grafana's configuration and restart Grafana")
	}
	return p
}

// shown is a value as people wrote it, in quotes.
func shown(s string) string { return strconv.Quote(s) }

// trouble is an error that is worded for people in both languages.
type trouble struct {
	text lang.Text
	err  error
	// status of an answer; 0 means that it may be better soon, 503. An empty code means not_possible.
	status int
	code   string
}

// as says how it is answered.
func (t *trouble) as(status int, code string) *trouble {
	t.status, t.code = status, code
	return t
}

// lasting marks what stays so until somebody changes something, so that asking again is of no use.
func (t *trouble) lasting() *trouble {
	t.status = http.StatusConflict
	return t
}

func said(zh, en string) *trouble { return &trouble{text: lang.Text{ZH: zh, EN: en}} }

// because adds a cause.
func because(err error, zh, en string) *trouble {
	text := lang.TextOf(err)
	return &trouble{text: lang.Text{ZH: zh + "：" + text.ZH, EN: en + ": " + text.EN}, err: err}
}

// Error is in English.
func (t *trouble) Error() string { return t.text.EN }

// Unwrap gives the cause, if there is one.
func (t *trouble) Unwrap() error { return t.err }
