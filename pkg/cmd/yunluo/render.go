package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/core"
)

type renderFlags struct {
	client   clientFlags
	file     string
	status   string
	severity string
	json     bool
	content  bool
}

func (a *app) renderCommand() *cobra.Command {
	var f renderFlags
	c := &cobra.Command{
		Use:   "render " + a.t("联络点", "CONTACT_POINT"),
		Short: a.t("看看消息会是什么样，不发送", "see what a message will look like, sending nothing"),
		Long: a.t(`画出一组告警在联络点第一步的每个目标那里的样子，不发送任何消息。
默认用内置的示例告警，--file 换成真实的请求体（Alertmanager、Grafana 或云锣自己的 JSON）。
给出 --config 时用该文件渲染，无需云锣在运行：改模板时很方便。
模板出错时照样用默认内容画出来，并写明错在哪里，退出码是 1。`,
			`Draws how each target of a contact point's first step would see an alert group, and sends nothing.
The alert is a sample unless --file gives a real payload (Alertmanager's, Grafana's or Yunluo's own JSON).
With --config that file is used and no yunluo has to run, which is handy while you write a template.
Where a template fails, the default is drawn, it says what failed, and the exit code is 1.`),
		Example: `  yunluo render payments
  yunluo render payments --config ./yunluo.yaml --status resolved
  yunluo render payments --file webhook.json --json | jq '.[].parts[].content'
  yunluo render payments --content`,
		Args: needs(1, "请写上一个联络点（配置里的 contact_points），如 yunluo render payments",
			"name one contact point (of contact_points in the configuration), such as yunluo render payments"),
		RunE: func(c *cobra.Command, args []string) error { return a.render(c, &f, args[0]) },
	}
	f.client.register(a, c)
	f.client.registerConfig(a, c)
	flags := c.Flags()
	flags.StringVar(&f.file, "file", "", a.t("请求体文件；“-” 是标准输入", "a payload; - is stdin"))
	flags.StringVar(&f.status, "status", "firing", a.t("示例的状态：firing 或 resolved", "the sample's status: firing or resolved"))
	flags.StringVar(&f.severity, "severity", "critical", a.t("示例的级别", "the sample's severity"))
	flags.BoolVar(&f.content, "content", false, a.t("显示将要发出的内容本身，而不是画出来", "print the content itself as it would be sent instead of drawing it"))
	flags.BoolVar(&f.json, "json", false, a.t("输出 JSON：块树、内容、字节数", "print JSON: block tree, content, bytes"))
	return c
}

func (a *app) render(c *cobra.Command, f *renderFlags, contactPoint string) error {
	group, err := a.groupToRender(f)
	if err != nil {
		return err
	}
	client, done, err := f.client.connectOrLoad(c.Context(), a)
	if err != nil {
		return err
	}
	defer done()
	previews, err := client.Preview(c.Context(), core.Submission{Tenant: mainTenant, ContactPoint: contactPoint, Group: group})
	if err != nil {
		return err
	}
	out := json.NewEncoder(a.out)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	failed := false
	for _, p := range previews {
		failed = failed || p.Error != "" || p.Defaulted != ""
		if p.Defaulted != "" {
			fmt.Fprintf(a.err, "yunluo: %s: %s\n", to(p.Account, p.Target), oneLine(p.Defaulted))
		}
		switch {
		case f.json:
		case f.content:
			for _, part := range p.Parts {
				if err := out.Encode(part.Content); err != nil {
					return err
				}
			}
		default:
			a.drawPreview(a.out, p)
		}
	}
	if f.json {
		if err := out.Encode(previewsJSON(previews)); err != nil {
			return err
		}
	}
	if len(previews) == 0 {
		fmt.Fprintln(a.err, a.t("这个级别没有人会收到", "at this severity nobody would be notified"))
	}
	if failed {
		return &exitError{code: exitFailed}
	}
	return nil
}

func (a *app) groupToRender(f *renderFlags) (alert.Group, error) {
	if f.file == "" {
		severity, err := severityNamed(f.severity)
		if err != nil {
			return alert.Group{}, err
		}
		status := alert.Status(f.status)
		if status != alert.Firing && status != alert.Resolved {
			return alert.Group{}, misused("--status %q：可用 firing、resolved", "--status %q: use firing or resolved", f.status)
		}
		return sampleGroup(status, severity, a.now()), nil
	}
	body, err := a.readPayload(f.file)
	if err != nil {
		return alert.Group{}, err
	}
	labels, defaults, err := f.client.reading(a)
	if err != nil {
		return alert.Group{}, err
	}
	group, err := decodePayload(body, labels, defaults)
	return ready(group, "cli", a.now()), err
}

type jsonPreview struct {
	Account string     `json:"account"`
	Type    string     `json:"type"`
	Target  string     `json:"target,omitempty"`
	Parts   []jsonPart `json:"parts"`
	Notes   []string   `json:"notes,omitempty"`
	Error   string     `json:"error,omitempty"`
	// Defaulted is why a template's default was used.
	Defaulted string `json:"defaulted,omitempty"`
}

type jsonPart struct {
	Bytes   int             `json:"bytes"`
	Content json.RawMessage `json:"content"`
	Preview any             `json:"preview"`
}

func previewsJSON(previews []core.PreviewResult) []jsonPreview {
	out := []jsonPreview{}
	for _, p := range previews {
		one := jsonPreview{Account: p.Account, Type: p.Type, Target: p.Target, Error: p.Error, Defaulted: p.Defaulted, Parts: []jsonPart{}}
		for _, part := range p.Parts {
			one.Parts = append(one.Parts, jsonPart{Bytes: part.Bytes, Content: part.Content, Preview: part.Preview})
		}
		for _, n := range p.Notes {
			one.Notes = append(one.Notes, n.EN)
		}
		out = append(out, one)
	}
	return out
}
