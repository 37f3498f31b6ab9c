package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/provider"
)

func (a *app) checkCommand() *cobra.Command {
	var path, listen string
	var asJSON bool
	c := &cobra.Command{
		Use:   "check " + a.t("[文件]", "[FILE]"),
		Short: a.t("检查配置文件，一次报出全部错误", "check a configuration file and report every fault at once"),
		Long: a.t(`严格检查配置文件：每处错误一行，带文件、行号、字段和最接近的正确写法。不连接任何服务商。
凭证对不对由 yunluo probe 核对。`,
			`Checks a configuration file strictly: one line a fault, with file, line, field and the nearest right name.
Contacts no provider; whether the credentials are good is what yunluo probe asks.`),
		Example: `  yunluo check
  yunluo check ./yunluo.yaml
  yunluo check --json ./yunluo.yaml | jq -r '.[].path'`,
		Args: atMost(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				path = args[0]
			}
			path = a.configPath(path)
			if err := listenable(listen); err != nil {
				return err
			}
			cfg, err := config.Load(path, provider.Manifests(), listening(listen))
			if asJSON {
				return a.faultsJSON(err)
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(a.out, a.t("%s 没有问题：%s，%s，%s，%s\n",
				"%s is fine: %s, %s, %s, %s\n"), path,
				a.count(len(cfg.Accounts), "个账号", "account", "accounts"),
				a.count(len(cfg.ContactPoints), "个联络点", "contact point", "contact points"),
				a.count(configured(cfg.Sources), "个来源", "source", "sources"),
				a.count(len(cfg.People), "人", "person", "people"))
			return nil
		},
	}
	c.Flags().StringVar(&path, "config", "", a.t("配置文件（默认 $YUNLUO_CONFIG，再默认 /etc/yunluo/yunluo.yaml）", "configuration file (default: $YUNLUO_CONFIG, else /etc/yunluo/yunluo.yaml)"))
	c.Flags().StringVar(&listen, "listen", "", a.t("serve 用的 --listen，代替配置里的 listen.address", "the --listen of serve, instead of listen.address"))
	c.Flags().BoolVar(&asJSON, "json", false, a.t("错误输出为 JSON 列表", "print the faults as a JSON list"))
	return c
}

func (a *app) count(n int, zh, one, many string) string {
	if n == 1 {
		many = one
	}
	return fmt.Sprintf("%d %s", n, a.t(zh, many))
}

// configured counts the sources that somebody wrote: the default one is always there.
func configured(sources map[string]config.Source) int {
	n := len(sources)
	if s, ok := sources["default"]; ok && !s.HasCredentials() && s.Wait == nil {
		n--
	}
	return n
}

// writeFaults writes what is wrong with a configuration, a line each.
func (a *app) writeFaults(faults *config.Faults) {
	fmt.Fprintln(a.err, faults.In(a.lang))
	fmt.Fprintf(a.err, a.t("共 %d 处错误\n", "faults: %d\n"), len(faults.List))
}

// jsonFault is a fault for programs.
type jsonFault struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Path    string `json:"path,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

func (a *app) faultsJSON(err error) error {
	list := []jsonFault{}
	faults, ok := asFaults(err)
	if err != nil && !ok {
		return err
	}
	if ok {
		for _, f := range faults.List {
			list = append(list, jsonFault{f.File, f.Line, f.Column, f.Path, f.Message.In(a.lang), f.Hint.In(a.lang)})
		}
	}
	out := json.NewEncoder(a.out)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	if err := out.Encode(list); err != nil {
		return err
	}
	if len(list) > 0 {
		return &exitError{code: exitConfig}
	}
	return nil
}
