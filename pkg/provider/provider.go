// Package provider is the closed list of providers, one line each.
package provider

import (
	"slices"

	"github.com/yunluo-alerts/yunluo/pkg/provider/aliyun"
	"github.com/yunluo-alerts/yunluo/pkg/provider/dingtalk"
	"github.com/yunluo-alerts/yunluo/pkg/provider/email"
	"github.com/yunluo-alerts/yunluo/pkg/provider/feishu"
	"github.com/yunluo-alerts/yunluo/pkg/provider/slack"
	"github.com/yunluo-alerts/yunluo/pkg/provider/teams"
	"github.com/yunluo-alerts/yunluo/pkg/provider/tencent"
	"github.com/yunluo-alerts/yunluo/pkg/provider/webhook"
	"github.com/yunluo-alerts/yunluo/pkg/provider/wecom"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// Manifests lists every type of account that Yunluo can send through.
func Manifests() []sender.Manifest {
	return slices.Concat(
		feishu.Manifests(),
		dingtalk.Manifests(),
		wecom.Manifests(),
		aliyun.Manifests(),
		tencent.Manifests(),
		email.Manifests(),
		slack.Manifests(),
		teams.Manifests(),
		webhook.Manifests(),
	)
}

// Find returns the manifest of a type, and whether there is one.
func Find(typ string) (sender.Manifest, bool) {
	for _, m := range Manifests() {
		if m.Type == typ {
			return m, true
		}
	}
	return sender.Manifest{}, false
}
