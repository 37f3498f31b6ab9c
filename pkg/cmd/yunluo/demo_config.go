package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/yunluo-alerts/yunluo/pkg/provider"
	"github.com/yunluo-alerts/yunluo/pkg/sandbox/stage"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const demoHead = `# The demo's configuration. Change it, then: yunluo check, and kill -HUP the demo or POST /-/reload.
# 演示的配置。改完先 yunluo check，再 kill -HUP 或 POST /-/reload。
`

// demoFile is the demo's configuration, in the order in which it is read best.
type demoFile struct {
	Accounts      yaml.Node         `yaml:"accounts"`
	People        []demoPerson      `yaml:"people"`
	ContactPoints []demoPoint       `yaml:"contact_points"`
	Defaults      map[string]string `yaml:"defaults"`
	Store         map[string]string `yaml:"store"`
	Listen        map[string]string `yaml:"listen"`
}

type demoPerson struct {
	Name   string `yaml:"name"`
	Title  string `yaml:"title"`
	Email  string `yaml:"email"`
	Mobile string `yaml:"mobile"`
}

type demoPoint struct {
	Name  string     `yaml:"name"`
	Title string     `yaml:"title"`
	Steps []demoStep `yaml:"steps"`
}

type demoStep struct {
	Notify []demoNotify `yaml:"notify"`
}

type demoNotify struct {
	Account string            `yaml:"account"`
	To      []string          `yaml:"to,omitempty,flow"`
	Mention []string          `yaml:"mention,omitempty,flow"`
	Urgent  map[string]string `yaml:"urgent,omitempty,flow"`
}

// demoConfig configures every account that the sandbox knows: two contact points, one for those that show most and
// one for all.
func (a *app) demoConfig(play *playing, listen, store string) ([]byte, error) {
	f := demoFile{
		People: []demoPerson{{
			Name: "lilei", Title: "李雷", Email: "lilei@example.com", Mobile: "+8613800000001",
		}},
		Defaults: map[string]string{"language": string(a.lang)},
		Store:    map[string]string{"path": store}, Listen: map[string]string{"address": listen},
	}
	main := demoPoint{Name: "demo", Title: "演示", Steps: []demoStep{{}}}
	all := demoPoint{Name: "everything", Title: "全部类型", Steps: []demoStep{{}}}
	f.Accounts.Kind = yaml.MappingNode
	for _, account := range play.accounts {
		f.Accounts.Content = append(f.Accounts.Content, word(account.Name), demoAccount(account, play))
		n := demoNotify{Account: account.Name, To: account.To, Mention: account.Mention}
		if account.Urgent != "" {
			n.Urgent = map[string]string{"critical": account.Urgent}
		}
		all.Steps[0].Notify = append(all.Steps[0].Notify, n)
		if account.Main {
			main.Steps[0].Notify = append(main.Steps[0].Notify, n)
		}
	}
	f.ContactPoints = []demoPoint{main, all}
	out := bytes.NewBufferString(demoHead)
	e := yaml.NewEncoder(out)
	e.SetIndent(2)
	if err := e.Encode(f); err != nil {
		return nil, fmt.Errorf("write the demo's configuration: %w", err)
	}
	return out.Bytes(), nil
}

func demoAccount(account stage.Account, play *playing) *yaml.Node {
	m := &yaml.Node{Kind: yaml.MappingNode}
	m.Content = append(m.Content, word("type"), word(account.Type), word("title"), word(account.Title))
	fill := strings.NewReplacer("{url}", play.url, "{host}", strings.TrimPrefix(play.url, "http://"), "{smtp}", play.smtp)
	manifest, _ := provider.Find(account.Type)
	for _, s := range account.Settings {
		value := word(fill.Replace(s.Value))
		if i := slices.IndexFunc(manifest.Fields, func(f sender.Field) bool { return f.Name == s.Name }); i >= 0 && manifest.Fields[i].Kind == sender.FieldInt {
			value.Tag = "!!int"
		}
		m.Content = append(m.Content, word(s.Name), value)
	}
	return m
}

func word(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(s)
	return n
}
