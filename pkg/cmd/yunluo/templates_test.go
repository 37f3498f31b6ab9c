package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheckFindsFaultsInTemplates(t *testing.T) {
	const rest = `
accounts: {robot: {type: dingtalk_robot, access_token: x}}
contact_points:
  - name: ops
    template: {title: '{{ .Name }}'}
    steps: [{notify: [{account: robot}]}]
`
	for name, c := range map[string]struct{ config, says string }{
		"a broken file": {
			"templates: [{name: mine, content: '{{ define \"a\" }}{{ if }}{{ end }}{{ end }}'}]\naccounts: {}\n", "missing value for if",
		},
		"an unknown function": {"accounts: {robot: {type: dingtalk_robot, access_token: x}}\ncontact_points: [{name: ops, template: {title: '{{ .Status | toUper }}'}, steps: [{notify: [{account: robot}]}]}]\n", "toUpper"},
		"an unknown template": {"accounts: {robot: {type: dingtalk_robot, access_token: x}}\ncontact_points: [{name: ops, template: {item_text: '{{ template \"nope\" . }}'}, steps: [{notify: [{account: robot}]}]}]\n", "nope"},
	} {
		t.Run(name, func(t *testing.T) {
			cli := newCLI(t)
			r := cli.run("check", cli.write("yunluo.yaml", c.config))
			require.Equal(t, exitConfig, r.code, r.out)
			require.Contains(t, r.err, c.says)
		})
	}
	cli := newCLI(t)
	r := cli.run("check", cli.write("yunluo.yaml", rest))
	require.Equal(t, exitOK, r.code, r.err)
}
