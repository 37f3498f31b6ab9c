package main

import (
	"github.com/spf13/cobra"

	"github.com/yunluo-alerts/yunluo/pkg/config"
	"github.com/yunluo-alerts/yunluo/pkg/provider"
)

func (a *app) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: a.t("输出配置文件的 JSON Schema，供编辑器补全", "print the configuration's JSON Schema, for completion in editors"),
		Long: a.t(`输出由同一套结构和各账号类型生成的 JSON Schema。VS Code（YAML 扩展）等编辑器据此补全和提示。
在配置文件第一行写：# yaml-language-server: $schema=./yunluo.schema.json`,
			`Prints the JSON Schema, made of the same structures that check uses and of every account type. Editors such as
VS Code with its YAML extension complete with it. First line of the configuration:
# yaml-language-server: $schema=./yunluo.schema.json`),
		Example: `  yunluo schema > yunluo.schema.json`,
		Args:    atMost(0),
		RunE: func(*cobra.Command, []string) error {
			schema, err := config.Schema(provider.Manifests())
			if err != nil {
				return err
			}
			_, err = a.out.Write(schema)
			return err
		},
	}
}
