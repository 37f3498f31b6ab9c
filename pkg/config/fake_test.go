package config_test

import (
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// fakeTypes are shaped like real ones, and use every kind of field.
func fakeTypes() []sender.Manifest {
	label := lang.Text{ZH: "说明", EN: "help"}
	once := sender.Repeat{Kind: sender.Once}
	feishu := sender.Manifest{
		Type: "feishu_app", Provider: "feishu", BaseURL: "https://open.feishu.cn", Summary: label,
		Fields: []sender.Field{
			{Name: "app_id", Kind: sender.FieldString, Required: true, Help: label},
			{Name: "app_secret", Kind: sender.FieldString, Required: true, Secret: true, Help: label},
			{Name: "id_type", Kind: sender.FieldString, Enum: []string{"open_id", "user_id"}, Default: "open_id", Label: label},
			{Name: "strict", Kind: sender.FieldBool, Default: "false"},
			{Name: "batch", Kind: sender.FieldInt, Default: "50"},
			{Name: "cache", Kind: sender.FieldDuration, Default: "1h"},
		},
		Options: []sender.Field{
			{Name: "form", Kind: sender.FieldString, Enum: []string{"card", "text", "post"}, Default: "card"},
			{Name: "thread", Kind: sender.FieldBool, Default: "true"},
		},
		Targets: []sender.TargetKind{
			sender.TargetPerson, sender.TargetChat, sender.TargetUser, sender.TargetDepartment, sender.TargetPhone, sender.TargetEmail,
		},
		Mentions: []sender.TargetKind{sender.TargetPerson, sender.TargetUser, sender.TargetPhone, sender.TargetEmail, sender.TargetAll},
		Limits: []sender.Limit{
			{Scope: sender.ScopeAccount, Count: 1000, Per: time.Minute},
			{Scope: sender.ScopeTarget, Count: 5, Per: time.Second, Ops: []sender.Op{sender.OpSend}},
		},
		UrgeRepeat: map[sender.UrgeMode]sender.Repeat{sender.UrgeApp: once, sender.UrgeSMS: once, sender.UrgePhone: once},
		RecallFor:  24 * time.Hour,
	}
	basic := feishu
	basic.Type, basic.UrgeRepeat = "feishu_basic", map[sender.UrgeMode]sender.Repeat{sender.UrgeApp: once}
	robot := sender.Manifest{
		Type: "dingtalk_robot", Provider: "dingtalk", BaseURL: "https://oapi.dingtalk.com", Summary: label,
		Fields: []sender.Field{
			{Name: "access_token", Kind: sender.FieldString, Required: true, Secret: true, Help: label},
			{Name: "secret", Kind: sender.FieldString, Secret: true, Help: label},
			{Name: "keyword", Kind: sender.FieldString, Help: label},
		},
		Options:  []sender.Field{{Name: "form", Kind: sender.FieldString, Enum: []string{"markdown", "text"}, Default: "markdown"}},
		Mentions: []sender.TargetKind{sender.TargetPerson, sender.TargetUser, sender.TargetPhone, sender.TargetAll},
		Limits:   []sender.Limit{{Scope: sender.ScopeAccount, Count: 20, Per: time.Minute}},
	}
	hook := sender.Manifest{
		Type: "hook", Provider: "hook", Summary: label,
		Fields: []sender.Field{
			{Name: "webhook", Kind: sender.FieldURL, Required: true, Secret: true, Help: label},
			{Name: "page", Kind: sender.FieldURL, Help: label},
		},
	}
	mail := sender.Manifest{
		Type: "mail", Provider: "mail", Schemes: []string{"smtp", "smtps"}, Summary: label,
		Fields: []sender.Field{{Name: "from", Kind: sender.FieldString, Help: label}},
	}
	return []sender.Manifest{feishu, basic, robot, hook, mail}
}

// fakeOptions have a few files and variables, and a hook that finds "broken" in templates.
func fakeOptions() config.Options {
	files := map[string]string{
		"/run/secrets/robot":       "\ufeffrobot-token\n",
		"/run/secrets/planted":     planted + "-secret\r\n",
		"/run/secrets/two-lines":   planted + "\nsecret\n",
		"/run/secrets/empty":       "\n",
		"/etc/yunluo/secrets/hook": "https://hook.example.com/?token=two\n",
		"/etc/yunluo/broken.tmpl":  "fine\n{{ broken",
		"/etc/yunluo/a.tmpl":       `{{ define "a" }}{{ end }}`,
		"/etc/yunluo/b.tmpl":       `{{ define "b" }}${NOT_A_VARIABLE}{{ end }}`,
	}
	return config.Options{
		AllowFiles: true,
		Dir:        "/etc/yunluo",
		Getenv: func(name string) (string, bool) {
			v, ok := map[string]string{
				"FEISHU_APP_SECRET": "feishu-secret", "DINGTALK_TOKEN": "dingtalk-token", "TIMEOUT": "7s",
				"GRAFANA_TOKEN": "grafana-token", "ALERTMANAGER_PASSWORD": "alertmanager-password",
			}[name]
			return v, ok
		},
		ReadFile: func(path string) ([]byte, error) {
			content, ok := files[path]
			if !ok {
				return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
			}
			return []byte(content), nil
		},
		Glob: func(pattern string) ([]string, error) {
			var found []string
			for path := range files {
				ok, err := filepath.Match(pattern, path)
				if err != nil {
					return nil, err
				}
				if ok && !strings.Contains(path, "broken") {
					found = append(found, path)
				}
			}
			return found, nil
		},
		CheckTemplates: func(files []config.TemplateFile, points []config.ContactPoint) []config.TemplateFault {
			var faults []config.TemplateFault
			message := lang.Text{ZH: "模板有误", EN: "the template is broken"}
			for _, f := range files {
				if strings.Contains(f.Name, "broken") {
					faults = append(faults, config.TemplateFault{Template: f.Name, Line: 2, Message: message})
				}
			}
			for _, p := range points {
				if strings.Contains(p.Template.Summary, "broken") {
					faults = append(faults, config.TemplateFault{ContactPoint: p.Name, Field: "summary", Message: message})
				}
			}
			return faults
		},
	}
}
