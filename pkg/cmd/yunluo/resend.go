package main

import (
	"errors"
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"github.com/yunluo-alerts/yunluo/pkg/core"
)

func (a *app) resendCommand() *cobra.Command {
	var client clientFlags
	c := &cobra.Command{
		Use:   "resend " + a.t("投递...", "DELIVERY..."),
		Short: a.t("把失败的投递再送一次", "queue failed deliveries again"),
		Long: a.t(`把失败或结果不明的投递重新排队，内容与当时一字不差，但使用账号现在的配置。
结果不明的短信、电话再送可能让人收到两次。`,
			`Queues deliveries that failed, or whose outcome is unknown, again: the same content byte for byte, with
the account as it is configured now. What was an SMS or a call with an unknown outcome may reach people twice.`),
		Example: `  yunluo history --state failed
  yunluo resend 0192f0c4-7a31-7c5e-8a55-3b6f3f4f0b11
  yunluo history --state failed --since 2h --json | jq -r .id | xargs yunluo resend`,
		Args: needs(math.MaxInt, "请写上投递的编号，yunluo history --state failed 会列出来",
			"name the deliveries by their ids, which yunluo history --state failed lists"),
		RunE: func(c *cobra.Command, args []string) error {
			running, done, err := client.connect(c.Context(), a)
			if err != nil {
				return err
			}
			defer done()
			refused := false
			for _, id := range args {
				switch err := running.Resend(c.Context(), mainTenant, id); {
				case errors.Is(err, core.ErrNotFound), errors.Is(err, core.ErrInvalid):
					refused = true
					a.complain(err)
				case err != nil:
					return err
				default:
					fmt.Fprintf(a.out, a.t("已重新排队：%s\n", "queued again: %s\n"), id)
				}
			}
			if refused {
				return &exitError{code: exitUsage}
			}
			return nil
		},
	}
	client.register(a, c)
	return c
}
