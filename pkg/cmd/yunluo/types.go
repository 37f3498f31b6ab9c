package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/provider"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
	"github.com/yunluo-alerts/yunluo/pkg/source"
)

func (a *app) typesCommand() *cobra.Command {
	var markdown, asJSON bool
	c := &cobra.Command{
		Use:   "types " + a.t("[类型]", "[TYPE]"),
		Short: a.t("有哪些账号类型，各有哪些字段、限额和错误码", "the account types: their fields, limits and error codes"),
		Long: a.t(`列出本程序能用的账号类型。给出类型名时，列出它的字段、通知选项、目标种类、限额和错误码。`,
			`Lists the account types of this program. With a type, lists its fields, the options of a notify entry,
its kinds of target, its limits and the provider's error codes with what to do.`),
		Example: `  yunluo types
  yunluo types feishu_app
  yunluo types dingtalk_robot --markdown --lang zh`,
		Args: atMost(1),
		RunE: func(_ *cobra.Command, args []string) error {
			manifests := provider.Manifests()
			if len(args) == 1 {
				m, found := provider.Find(args[0])
				if !found {
					return noType(args[0])
				}
				manifests = []sender.Manifest{m}
			}
			switch {
			case asJSON:
				out := json.NewEncoder(a.out)
				out.SetIndent("", "  ")
				out.SetEscapeHTML(false)
				return out.Encode(manifests)
			case markdown:
				for _, m := range manifests {
					fmt.Fprint(a.out, a.typeMarkdown(&m))
				}
				return nil
			case len(args) == 1:
				return a.writeType(&manifests[0])
			default:
				t := table{}
				t.add(a.t("类型", "TYPE"), a.t("名称", "TITLE"), a.t("说明", "SUMMARY"))
				for _, m := range manifests {
					t.add(m.Type, m.Title.In(a.lang), m.Summary.In(a.lang))
				}
				return t.write(a.out)
			}
		},
	}
	c.Flags().BoolVar(&markdown, "markdown", false, a.t("输出 Markdown 表格（文档用）", "print Markdown tables, as in the documentation"))
	c.Flags().BoolVar(&asJSON, "json", false, a.t("输出 JSON", "print JSON"))
	return c
}

func noType(name string) error {
	var names []string
	for _, m := range provider.Manifests() {
		names = append(names, m.Type)
	}
	text := unknownName("没有类型", "there is no type", name, names)
	if len(source.Nearest(name, names)) == 0 {
		text.ZH += "；`yunluo types` 列出全部"
		text.EN += "; `yunluo types` lists them all"
	}
	return &exitError{exitUsage, lang.Error(text)}
}

// section is one table about a type: the same content for terminal and Markdown.
type section struct {
	title string
	rows  [][]string
}

func (a *app) typeSections(m *sender.Manifest) []section {
	fields := section{a.t("账号字段", "Account fields"), [][]string{{a.t("字段", "Field"), a.t("必填", "Required"), a.t("默认值", "Default"), a.t("说明", "Meaning")}}}
	for _, f := range m.Fields {
		fields.rows = append(fields.rows, a.fieldRow(f))
	}
	options := section{a.t("通知选项（notify 条目里）", "Options of a notify entry"), [][]string{{a.t("选项", "Option"), a.t("必填", "Required"), a.t("默认值", "Default"), a.t("说明", "Meaning")}}}
	for _, f := range m.Options {
		options.rows = append(options.rows, a.fieldRow(f))
	}
	abilities := section{a.t("目标与能力", "Targets and abilities"), [][]string{{a.t("项", "What"), a.t("取值", "Values")}}}
	abilities.rows = append(abilities.rows,
		[]string{"`to`", orElse(kinds(m.Targets), a.t("不用写：只有一个目标", "left out: there is one target only"))},
		[]string{"`mention`", orElse(kinds(m.Mentions), "—")},
		[]string{"`urgent`", orElse(a.urgeModes(m), "—")},
		[]string{a.t("结果不明时重发", "repeated after an unknown outcome"), a.repeat(m.Repeat)},
		[]string{"`base_url`", a.address(m)})
	if m.Rings {
		abilities.rows = append(abilities.rows, []string{a.t("打电话的时机", "calls when"), a.t("新触发和重复提醒；恢复不打", "something fires or is repeated; never on resolve")})
	}
	if m.Batch > 1 {
		abilities.rows = append(abilities.rows, []string{a.t("一次调用可发给", "targets in one call"), a.t("至多 ", "up to ") + strconv.Itoa(m.Batch)})
	}
	if m.RecallFor > 0 {
		abilities.rows = append(abilities.rows, []string{a.t("可撤回（`recall`）", "can be taken back (`recall`)"), a.t("发出后 ", "for ") + lang.Duration(m.RecallFor)})
	}
	if len(m.Track) > 0 {
		times := make([]string, len(m.Track))
		for i, d := range m.Track {
			times[i] = lang.Duration(d)
		}
		abilities.rows = append(abilities.rows, []string{a.t("事后查询结果", "asked later what became of it"), a.t("发出后 ", "after ") + strings.Join(times, ", ")})
	}
	limits := section{a.t("限额", "Limits"), [][]string{{a.t("按", "For each"), a.t("至多", "At most"), a.t("每", "Per"), a.t("操作", "Operations"), a.t("用完后", "Once used up")}}}
	for _, l := range m.Limits {
		limits.rows = append(limits.rows, []string{a.scope(l.Scope), strconv.Itoa(l.Count), lang.Duration(l.Per), a.ops(l.Ops), a.limitKind(l.Kind)})
	}
	codes := section{a.t("错误码", "Error codes"), [][]string{{a.t("错误码", "Code"), a.t("含义", "Meaning"), a.t("原因", "Reason"), a.t("云锣的做法", "What Yunluo does"), a.t("怎么办", "What to do")}}}
	for _, e := range m.Errors {
		codes.rows = append(codes.rows, []string{e.Code, e.Title.In(a.lang), "`" + string(e.Reason) + "`", a.class(e), e.Hint.In(a.lang)})
	}
	return slices.DeleteFunc([]section{fields, options, abilities, limits, codes}, func(s section) bool { return len(s.rows) == 1 })
}

// address is where a type's provider is, or what an account's address begins with where it has to name its own.
func (a *app) address(m *sender.Manifest) string {
	switch {
	case m.BaseURL != "":
		return m.BaseURL
	case len(m.Schemes) > 0:
		return a.t("必填：", "required: ") + strings.Join(m.Schemes, a.t("://… 或 ", "://… or ")) + "://…"
	default:
		return a.t("不用写；经网关转发时写网关的地址", "left out; the address of a gateway, if there is one in front")
	}
}

func (a *app) limitKind(k sender.LimitKind) string {
	switch k {
	case sender.Budget:
		return a.t("交给下一步骤", "the next step takes over")
	case sender.Quota:
		return a.t("照发；从 80% 起提醒", "goes on; warned about from 80 % on")
	default:
		return a.t("排队，必要时合并", "waits, and is folded if need be")
	}
}

func (a *app) fieldRow(f sender.Field) []string {
	name := "`" + f.Name + "`"
	if f.Secret {
		name += a.t("（或 `", " (or `") + f.Name + a.t("_file`）", "_file`)")
	}
	meaning := f.Label.In(a.lang)
	if help := f.Help.In(a.lang); help != "" {
		meaning += a.t("。", ". ") + help
	}
	if len(f.Enum) > 0 {
		meaning += a.t("（", " (") + strings.Join(f.Enum, ", ") + a.t("）", ")")
	}
	required := ""
	if f.Required {
		required = a.t("是", "yes")
	}
	return []string{name, required, f.Default, meaning}
}

func kinds(list []sender.TargetKind) string {
	names := make([]string, len(list))
	for i, k := range list {
		names[i] = "`" + string(k) + ":…`"
		if k == sender.TargetAll {
			names[i] = "`all`"
		}
	}
	return strings.Join(names, ", ")
}

func (a *app) urgeModes(m *sender.Manifest) string {
	var modes []string
	for _, mode := range []sender.UrgeMode{sender.UrgeApp, sender.UrgeSMS, sender.UrgePhone} {
		if m.CanUrge(mode) {
			modes = append(modes, "`"+string(mode)+"`")
		}
	}
	return strings.Join(modes, ", ")
}

func (a *app) repeat(r sender.Repeat) string {
	switch r.Kind {
	case sender.Idempotent:
		return fmt.Sprintf(a.t("会：%s 内服务商认得出重复", "yes: for %s the provider knows a repeat"), lang.Duration(r.For))
	case sender.Repeatable:
		return a.t("会：可能有人看到两次", "yes: somebody may see it twice")
	case sender.Once:
		return a.t("不会", "no")
	default:
		return string(r.Kind)
	}
}

func (a *app) scope(s sender.Scope) string {
	switch s {
	case sender.ScopeAccount:
		return a.t("账号", "account")
	case sender.ScopeTarget:
		return a.t("目标", "target")
	default:
		return string(s)
	}
}

func (a *app) ops(ops []sender.Op) string {
	if len(ops) == 0 {
		return a.t("全部", "all")
	}
	names := make([]string, len(ops))
	for i, op := range ops {
		names[i] = string(op)
	}
	return strings.Join(names, ", ")
}

func (a *app) class(e sender.CodeMeaning) string {
	switch e.Class {
	case sender.Never:
		return a.t("不再尝试，走下一步", "never again; the next step runs")
	case sender.Later:
		if e.After > 0 {
			return fmt.Sprintf(a.t("等 %s 再试，不计次数", "waits %s, not counted"), lang.Duration(e.After))
		}
		return a.t("按服务商要求的时间再试，不计次数", "waits as long as the provider says, not counted")
	default:
		return a.t("按策略重试", "tries again by policy")
	}
}

func (a *app) writeType(m *sender.Manifest) error {
	fmt.Fprintf(a.out, "%s — %s\n%s\n%s\n", m.Type, m.Title.In(a.lang), m.Summary.In(a.lang), m.Docs)
	for _, s := range a.typeSections(m) {
		fmt.Fprintf(a.out, "\n%s\n", s.title)
		t := table{}
		for _, row := range s.rows {
			cells := []string{" "}
			for _, cell := range row {
				cells = append(cells, strings.ReplaceAll(oneLine(cell), "`", ""))
			}
			t.add(cells...)
		}
		if err := t.write(a.out); err != nil {
			return err
		}
	}
	return nil
}

// typeMarkdown is the generated part of a type's page in docs/providers.
func (a *app) typeMarkdown(m *sender.Manifest) string {
	var out strings.Builder
	for _, s := range a.typeSections(m) {
		fmt.Fprintf(&out, "### %s\n\n", s.title)
		for i, row := range s.rows {
			for _, cell := range row {
				out.WriteString("| " + strings.ReplaceAll(oneLine(cell), "|", `\|`) + " ")
			}
			out.WriteString("|\n")
			if i == 0 {
				out.WriteString(strings.Repeat("| --- ", len(row)) + "|\n")
			}
		}
		out.WriteString("\n")
	}
	return out.String()
}
