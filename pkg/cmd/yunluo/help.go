package main

import "github.com/spf13/cobra"

// translateHelp words what cobra adds to every command.
func (a *app) translateHelp(c *cobra.Command) {
	c.InitDefaultHelpFlag()
	c.Flags().Lookup("help").Usage = a.t("显示帮助", "print this help")
	c.DisableFlagsInUseLine = true
	c.Use += " " + a.t("[选项]", "[flags]")
	for _, sub := range c.Commands() {
		a.translateHelp(sub)
	}
}

// translateCompletion words the command that cobra makes.
func (a *app) translateCompletion(root *cobra.Command) {
	completion, _, err := root.Find([]string{"completion"})
	if err != nil || completion == root {
		return
	}
	teach(completion)
	completion.AddGroup(&cobra.Group{ID: "shells", Title: a.t("命令：", "Commands:")})
	completion.Short = a.t("生成命令行补全脚本", completion.Short)
	completion.Long = a.t("为 bash、zsh、fish 或 PowerShell 生成补全脚本，用法见各自的帮助。", completion.Long)
	load := map[string]string{
		"bash": "source <(yunluo completion bash)", "zsh": "source <(yunluo completion zsh)", "fish": "yunluo completion fish | source",
		"powershell": "yunluo completion powershell | Out-String | Invoke-Expression",
	}
	for _, shell := range completion.Commands() {
		shell.GroupID = "shells"
		shell.Short = a.t("生成 "+shell.Name()+" 的补全脚本", shell.Short)
		shell.Long = a.t("把 "+shell.Name()+" 的补全脚本写到标准输出。让它在当前终端里生效：\n\n  "+load[shell.Name()], shell.Long)
		if f := shell.Flags().Lookup("no-descriptions"); f != nil {
			f.Usage = a.t("不带说明", f.Usage)
		}
	}
}

func (a *app) exitCodes() string {
	return a.t(`退出码：
  0 成功               4 连不上核心
  1 失败               5 已确定送不到
  2 用法或名称有误     6 已存好，仍在投递（--wait 到时）
  3 配置无效           7 存不下，未被接受`, `Exit codes:
  0 done                         4 the core cannot be reached
  1 failed                       5 delivery failed for good
  2 wrong usage or unknown name  6 stored and still trying when --wait ended
  3 invalid configuration        7 could not be stored, so not accepted`)
}

func (a *app) usageTemplate() string {
	return a.t("用法：", "Usage:") + `
  {{if and .Runnable (not .HasAvailableSubCommands)}}{{.UseLine}}{{else}}{{.CommandPath}} ` + a.t("命令", "COMMAND") + `{{end}}
{{- if .HasExample}}

` + a.t("例子：", "Examples:") + `
{{.Example}}
{{- end}}
{{- if .HasAvailableSubCommands}}
{{- $cmds := .Commands}}
{{- range $group := .Groups}}

{{.Title}}
{{- range $cmds}}{{if eq .GroupID $group.ID}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}
{{- end}}
{{- end}}
{{- if .HasAvailableLocalFlags}}

` + a.t("选项：", "Flags:") + `
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}
{{- end}}
{{- if .HasAvailableInheritedFlags}}

` + a.t("通用选项：", "Global flags:") + `
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}
{{- end}}
{{- if .HasAvailableSubCommands}}

` + a.t("每个命令的详细说明：", "More about a command: ") + `{{.CommandPath}} ` + a.t("命令", "COMMAND") + ` --help
{{- end}}
`
}
