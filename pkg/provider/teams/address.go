package teams

import (
	"net/url"
	"slices"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/outbound"
	"github.com/yunluo-alerts/yunluo/pkg/secret"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// flowHosts are where flows are triggered, those of the sovereign clouds included. One that begins with a dot stands for
// all hosts below.
// https://learn.microsoft.com/en-us/power-platform/admin/online-requirements
func flowHosts() []string {
	return []string{
		".environment.api.powerplatform.com", ".logic.azure.com", "api.powerautomate.com", ".api.powerautomate.com", "flow.microsoft.com", ".flow.microsoft.com",
		// United States government: GCC, GCC High, DoD.
		".environment.api.gov.powerplatform.microsoft.us", ".environment.api.high.powerplatform.microsoft.us", ".environment.api.appsplatform.us", ".logic.azure.us",
		// China, operated by 21Vianet.
		".environment.api.powerplatform.partner.microsoftonline.cn", ".logic.azure.cn",
	}
}

// connectorHosts are those of Office 365 connectors, which Microsoft has retired.
// https://devblogs.microsoft.com/microsoft365dev/retirement-of-office-365-connectors-within-microsoft-teams/
func connectorHosts() []string {
	return []string{".webhook.office.com", "outlook.office.com", "outlook.office365.com"}
}

func isOneOf(host string, list []string) bool {
	return slices.ContainsFunc(list, func(h string) bool { return host == h || (h[0] == '.' && strings.HasSuffix(host, h)) })
}

// checkAddress finds an address that can never post a card, and says what to do instead. Of one that is none at all,
// which outbound.NewHook tells, it says no more than that.
func checkAddress(s secret.Value) error {
	u, err := outbound.ParseHook(fieldURL, s)
	if err != nil {
		return &sender.Failure{Hint: howTo()}
	}
	hint, why := judgeAddress(u)
	if why == nil {
		return nil
	}
	return &sender.Failure{Err: why, Hint: hint}
}

func judgeAddress(u *url.URL) (hint lang.Text, why error) {
	host := strings.ToLower(u.Hostname())
	switch {
	case isOneOf(host, connectorHosts()):
		return words("发到这个地址的消息不会送达。"+howTo().ZH, "Nothing that is posted there arrives. "+howTo().EN),
			lang.Wrong("url 是 Office 365 连接器的地址，微软已停用连接器", "url is an Office 365 connector's, and Microsoft has retired the connectors")
	case u.Scheme != "https":
		return words("流程的地址都以 https:// 开头。"+howTo().ZH, howTo().EN),
			lang.Wrong("url 不以 https:// 开头", "url does not begin with https://, as every flow's does")
	case !isOneOf(host, flowHosts()):
		return words(howTo().ZH+"经网关转发时，url 仍写原地址，网关写在 base_url。", howTo().EN+" With a gateway in front, url is the flow's address all the same, and base_url the gateway's."),
			lang.Wrong("url 不是工作流 Webhook 的地址：主机不属于 Power Automate", "url is not the address of a Workflows webhook: its host is none of Power Automate's")
	case u.Query().Get("sig") == "":
		return words("在流程的触发器里把「谁可以触发此流程」设为「任何人」，保存后复制完整的地址。", "In the flow's trigger set who can trigger it to Anyone, save, and copy the whole address."),
			lang.Wrong("url 里没有 sig=：流程要求登录，或者没有复制完整", "url has no sig=: the flow wants a login, or the address was cut")
	}
	return lang.Text{}, nil
}

// howTo makes a webhook, step by step.
func howTo() lang.Text {
	return words(
		"新建 Workflows webhook：在 Teams 里点频道名旁的「⋯」→「工作流」→ 模板「收到 Webhook 请求时发布到频道」→ 登录并「下一步」→ 选团队和频道 →「添加工作流」→ 复制显示的地址，填到 url。",
		"Make a Workflows webhook: in Teams click ⋯ beside the channel's name → Workflows → the template \"Post to a channel when a webhook request is received\" → sign in, Next → choose team and channel → Add workflow → copy the address that is shown into url.")
}
