package aliyun

import (
	"strings"
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	codeFlow  = "isv.BUSINESS_LIMIT_CONTROL"
	codeDay   = "isv.DAY_LIMIT_CONTROL"
	codeMonth = "isv.MONTH_LIMIT_CONTROL"
	// codeThrottling is the gateway's; the word behind its dot says what for.
	codeThrottling = "Throttling"

	moment = 2 * time.Second
	// accountAgain is how soon to look whether somebody raised the account's limit of a day or month.
	accountAgain = time.Hour
)

// levelOf reads from a refusal which window is full: of a minute, an hour or a day.
// https://help.aliyun.com/document_detail/2881383.html
func levelOf(said string) time.Duration {
	switch {
	case strings.Contains(said, "天级"), strings.Contains(strings.ToLower(said), "day"):
		return day
	case strings.Contains(said, "小时级"), strings.Contains(strings.ToLower(said), "hour"):
		return time.Hour
	default:
		return time.Minute
	}
}

func row(code string, class sender.Class, reason sender.Reason, title, hint lang.Text) sender.CodeMeaning {
	return sender.CodeMeaning{Code: code, Class: class, Reason: reason, Title: title, Hint: hint}
}

func later(code string, after time.Duration, title, hint lang.Text) sender.CodeMeaning {
	m := row(code, sender.Later, sender.ReasonRateLimited, title, hint)
	m.After = after
	return m
}

// commonCodes are those of the gateway and of both services.
// https://help.aliyun.com/document_detail/101346.html, https://help.aliyun.com/document_detail/112502.html
func commonCodes() []sender.CodeMeaning {
	never, again := sender.Never, sender.Again
	keys := text("核对 access_key_id 与 access_key_secret：RAM 控制台 → 用户 → AccessKey。", "Check access_key_id and access_key_secret: RAM console → the user → AccessKey.")
	money := text("给阿里云账号充值，或购买套餐包。", "Top up the Alibaba Cloud account, or buy a package.")
	wait := text("会自动重试。", "It is tried again by itself.")
	words := text("改 template_params，让变量里不出现这些内容；也可调小 variable_length。", "Change template_params so that variables hold no such thing, or lower variable_length.")
	number := text("核对手机号：国内 11 位，境外以国家码开头且模板支持。", "Check the number: 11 digits in China; abroad it begins with the country's code and needs a template for it.")
	params := text("template_params 的变量名要与模板里的一模一样，一个不多一个不少。", "template_params must name exactly the template's variables.")
	return []sender.CodeMeaning{
		row("SignatureDoesNotMatch", never, sender.ReasonAuth, text("签名不对", "the signature does not match"), keys),
		row("InvalidAccessKeyId.NotFound", never, sender.ReasonAuth, text("AccessKey 不存在", "no such AccessKey"), keys),
		row("InvalidAccessKeyId.Inactive", never, sender.ReasonAuth, text("AccessKey 已禁用", "the AccessKey is disabled"), keys),
		row("InvalidTimeStamp.Expired", never, sender.ReasonConfig, text("本机时间不准", "this machine's clock is off"), text("校准本机时间，误差不能超过 15 分钟。", "Set the clock: it may be off by 15 minutes at most.")),
		row("SignatureNonceUsed", again, sender.ReasonUnavailable, text("请求被重复提交", "the request came twice"), wait),
		row("Forbidden.RAM", never, sender.ReasonPermission, text("RAM 用户没有权限", "the RAM user lacks the right"), text("给 RAM 用户授权 AliyunDysmsFullAccess 或 AliyunDyvmsFullAccess。", "Grant the RAM user AliyunDysmsFullAccess or AliyunDyvmsFullAccess.")),
		row("isp.RAM_PERMISSION_DENY", never, sender.ReasonPermission, text("RAM 权限不足", "the RAM user lacks the right"), text("给 RAM 用户授权 AliyunDysmsFullAccess 或 AliyunDyvmsFullAccess。", "Grant the RAM user AliyunDysmsFullAccess or AliyunDyvmsFullAccess.")),
		row("isp.SYSTEM_ERROR", again, sender.ReasonUnavailable, text("系统出错", "system error"), wait),
		row("InternalError", again, sender.ReasonUnavailable, text("内部错误", "internal error"), wait),
		row("ServiceUnavailable", again, sender.ReasonUnavailable, text("服务不可用", "the service is unavailable"), wait),
		later("Throttling.User", moment, text("调用太频繁", "called too often"), text("检查是否有别的程序在用同一个账号。", "Check whether something else uses the same account.")),
		later(codeThrottling, moment, text("调用太频繁", "called too often"), text("检查是否有别的程序在用同一个账号。", "Check whether something else uses the same account.")),
		later(codeFlow, time.Minute, text("号码触发流控", "this number gets no more now"), text("同一号码收得太多（分钟、小时或天级）：用通知类模板，或在控制台调整流控、加白名单。",
			"The number got too much, by the minute, hour or day: use a notification template, or change the flow control or white-list the number in the console.")),
		row("isv.AMOUNT_NOT_ENOUGH", never, sender.ReasonPermission, text("余额不足", "no money is left"), money),
		row("isv.OUT_OF_SERVICE", never, sender.ReasonPermission, text("业务停机", "the service was stopped"), money),
		row("isv.ACCOUNT_NOT_EXISTS", never, sender.ReasonAuth, text("账户不存在", "no such account"), keys),
		row("isv.ACCOUNT_ABNORMAL", never, sender.ReasonPermission, text("账户异常", "the account is blocked"), text("在控制台查看账户状态。", "See the account's state in the console.")),
		row("isv.TEMPLATE_MISSING_PARAMETERS", never, sender.ReasonConfig, text("模板缺少变量", "a variable of the template is missing"), params),
		row("isv.TEMPLATE_PARAMS_ILLEGAL", never, sender.ReasonMessage, text("变量不合法", "a variable is not allowed"), words),
		row("isv.INVALID_JSON_PARAM", never, sender.ReasonMessage, text("变量不是合法 JSON", "the variables are no JSON of strings"), text("请报告这个问题。", "Report this, please.")),
		row("isv.INVALID_PARAMETERS", never, sender.ReasonMessage, text("参数异常", "a parameter is wrong"), text("核对账号的各项设置。", "Check the account's settings.")),
		row("isv.PARAM_LENGTH_LIMIT", never, sender.ReasonMessage, text("变量太长", "a variable is too long"), text("调小 variable_length。", "Lower variable_length.")),
		row("isv.PARAM_NOT_SUPPORT_URL", never, sender.ReasonMessage, text("变量里有网址", "a variable holds an address"), words),
		row("isv.BLACK_KEY_CONTROL_LIMIT", never, sender.ReasonMessage, text("变量里有敏感词", "a variable holds a forbidden word"), words),
		row("isv.MOBILE_NUMBER_ILLEGAL", never, sender.ReasonRecipient, text("号码不合法", "the number is not valid"), number),
		row("isv.PRODUCT_UN_SUBSCRIPT", never, sender.ReasonPermission, text("没有开通服务", "the service was never activated"), text("在控制台开通短信或语音服务。", "Activate SMS or voice in the console.")),
	}
}

func smsCodes() []sender.CodeMeaning {
	never := sender.Never
	number := text("核对手机号；境外号码要用国际/港澳台模板。", "Check the number; one abroad needs an international template.")
	return append(
		commonCodes(),
		later(codeDay, accountAgain, text("今天的额度用完", "the day's limit is used up"), text("在控制台调高日发送上限；云锣会走下一步骤，没有则每小时再试。", "Raise the daily limit in the console; the next step takes over, or it is tried again every hour.")),
		later(codeMonth, accountAgain, text("本月的额度用完", "the month's limit is used up"), text("在控制台调高月发送上限；云锣会走下一步骤，没有则每小时再试。", "Raise the monthly limit in the console; the next step takes over, or it is tried again every hour.")),
		row("isv.SMS_SIGNATURE_ILLEGAL", never, sender.ReasonConfig, text("签名不存在或未审核", "no such signature, or not approved"), text("核对 sign_name：不带【】，且已审核通过。", "Check sign_name: without brackets, and approved.")),
		row("isv.SMS_TEMPLATE_ILLEGAL", never, sender.ReasonConfig, text("模板不存在或未审核", "no such template, or not approved"), text("核对 template_code。", "Check template_code.")),
		row("isv.SMS_SIGNATURE_SCENE_ILLEGAL", never, sender.ReasonConfig, text("签名与模板场景不符", "signature and template are for different uses"), text("换成通知类的签名与模板。", "Use a signature and a template for notifications.")),
		row("isv.MOBILE_COUNT_OVER_LIMIT", never, sender.ReasonMessage, text("号码太多", "too many numbers"), text("请报告这个问题。", "Report this, please.")),
		row("isv.DENY_IP_RANGE", never, sender.ReasonPermission, text("来源 IP 被拒", "this address is not allowed"), text("在控制台检查 IP 白名单与地域限制。", "Check the IP list and the region in the console.")),
		row("isv.DOMESTIC_NUMBER_NOT_SUPPORTED", never, sender.ReasonRecipient, text("国际模板不支持国内号码", "an international template takes no Chinese number"), number),
	)
}

func voiceCodes() []sender.CodeMeaning {
	never := sender.Never
	return append(
		commonCodes(),
		row("isv.TTS_TEMPLATE_ILLEGAL", never, sender.ReasonConfig, text("语音模板不存在或未审核", "no such voice template, or not approved"), text("核对 template_code，并与主叫号码同属公共或专属模式。", "Check template_code, and that it belongs to the same mode as the caller's number.")),
		row("isv.DISPLAY_NUMBER_ILLEGAL", never, sender.ReasonConfig, text("主叫号码不可用", "the caller's number cannot be used"), text("核对 called_show_number；公共模式不填。", "Check called_show_number; leave it out for public mode.")),
	)
}
