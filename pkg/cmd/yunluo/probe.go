package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/yunluo-alerts/yunluo/pkg/core"
)

func (a *app) probeCommand() *cobra.Command {
	var client clientFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "probe " + a.t("[账号]", "[ACCOUNT]"),
		Short: a.t("检查账号的凭证和权限，不发消息", "test an account's credentials and rights, sending nothing"),
		Long: a.t(`向服务商核对账号的凭证和权限，不发送任何消息。不给账号名时检查全部。
已有云锣在运行就由它检查；给出 --config 时改用该文件，无需云锣在运行。`,
			`Asks the provider whether an account's credentials and rights are good, and sends no message. Without a
name, every account is tested. A running yunluo does it; with --config, that file is used and none has to run.`),
		Example: `  yunluo probe
  yunluo probe feishu-corp
  yunluo probe feishu-corp --config /etc/yunluo/yunluo.yaml`,
		Args: atMost(1),
		RunE: func(c *cobra.Command, args []string) error {
			client, done, err := client.connectOrLoad(c.Context(), a)
			if err != nil {
				return err
			}
			defer done()
			account := ""
			if len(args) == 1 {
				account = args[0]
			}
			results, err := client.Probe(c.Context(), mainTenant, account)
			if err != nil {
				return err
			}
			if asJSON {
				out := json.NewEncoder(a.out)
				out.SetIndent("", "  ")
				out.SetEscapeHTML(false)
				if err := out.Encode(results); err != nil {
					return err
				}
			} else if err := a.writeProbe(results); err != nil {
				return err
			}
			if !allGood(results) {
				return &exitError{code: exitFailed}
			}
			return nil
		},
	}
	client.register(a, c)
	client.registerConfig(a, c)
	c.Flags().BoolVar(&asJSON, "json", false, a.t("输出 JSON", "print JSON"))
	return c
}

func allGood(results []core.ProbeResult) bool {
	for _, r := range results {
		for _, check := range r.Checks {
			if !check.OK {
				return false
			}
		}
	}
	return true
}

func (a *app) writeProbe(results []core.ProbeResult) error {
	for _, r := range results {
		fmt.Fprintf(a.out, "%s (%s)\n", r.Account, r.Type)
		if len(r.Checks) == 0 {
			fmt.Fprintln(a.out, a.t("  - 这一类型无法在不发消息的情况下检查", "  - this type cannot be tested without sending"))
		}
		for _, check := range r.Checks {
			mark := "✓"
			if !check.OK {
				mark = "✗"
			}
			fmt.Fprintf(a.out, "  %s %s", mark, oneLine(check.Name.In(a.lang)))
			if check.Detail != "" {
				fmt.Fprintf(a.out, ": %s", oneLine(check.Detail))
			}
			fmt.Fprintln(a.out)
			if hint := check.Hint.In(a.lang); hint != "" && !check.OK {
				fmt.Fprintf(a.out, "    → %s\n", oneLine(hint))
			}
		}
	}
	return nil
}
