package tencent

import (
	"time"

	"github.com/yunluo-alerts/yunluo/pkg/lang"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	moment = time.Second
	// accountAgain is how soon to look whether somebody raised the application's limit.
	accountAgain = time.Hour
)

// accountLimits are the limits of a day that stop every number, though they come as one number's result.
// https://cloud.tencent.com/document/api/382/52075
func accountLimits() []string {
	return []string{"LimitExceeded.AppDailyLimit", "LimitExceeded.DailyLimit"}
}

func row(code string, class sender.Class, reason sender.Reason, title, hint lang.Text) sender.CodeMeaning {
	return sender.CodeMeaning{Code: code, Class: class, Reason: reason, Title: title, Hint: hint}
}

func later(code string, after time.Duration, title, hint lang.Text) sender.CodeMeaning {
	m := row(code, sender.Later, sender.ReasonRateLimited, title, hint)
	m.After = after
	return m
}

// commonCodes are those of the API gateway and of both services.
// https://cloud.tencent.com/document/api/382/52075, https://cloud.tencent.com/document/api/1128/51556
func commonCodes() []sender.CodeMeaning {
	never, again := sender.Never, sender.Again
	keys := text("核对 secret_id 与 secret_key：访问管理 → API 密钥管理。", "Check secret_id and secret_key: CAM → API keys.")
	wait := text("会自动重试。", "It is tried again by itself.")
	app := text("核对 sdk_app_id：控制台里应用的 SdkAppId，以 1400 开头。", "Check sdk_app_id: the application's in the console, begins with 1400.")
	grant := text("给子用户授权 QcloudSMSFullAccess 或 QcloudVMSFullAccess。", "Grant the sub-user QcloudSMSFullAccess or QcloudVMSFullAccess.")
	number := text("核对手机号；境内 11 位，境外以 + 和国家码开头。", "Check the number: 11 digits in China, else a plus and the country's code.")
	words := text("改 template_params，让变量里不出现这些内容。", "Change template_params so that variables hold no such thing.")
	shape := text("请求格式有误，请报告这个问题；也检查 base_url 与代理。", "The request is malformed: report this, and check base_url and the proxy.")
	slow := text("检查是否有别的程序在用同一个账号。", "Check whether something else uses the same account.")
	return []sender.CodeMeaning{
		row("AuthFailure", never, sender.ReasonAuth, text("鉴权失败", "the key was refused"), keys),
		row("UnsupportedOperation", never, sender.ReasonConfig, text("不支持的操作", "not supported"), text("核对模板与号码是否相配：国内模板只发国内号码，境外号码要用国际/港澳台模板。", "Check that template and number belong together: a template for China takes Chinese numbers only, numbers abroad need an international one.")),
		row("AuthFailure.SignatureFailure", never, sender.ReasonAuth, text("签名不对", "the signature does not match"), keys),
		row("AuthFailure.SecretIdNotFound", never, sender.ReasonAuth, text("SecretId 不存在", "no such SecretId"), keys),
		row("AuthFailure.InvalidSecretId", never, sender.ReasonAuth, text("SecretId 非法", "not an API key"), keys),
		row("AuthFailure.InvalidAuthorization", never, sender.ReasonAuth, text("Authorization 不合规范", "the Authorization header is malformed"), keys),
		row("AuthFailure.SignatureExpire", never, sender.ReasonConfig, text("本机时间不准", "this machine's clock is off"), text("校准本机时间，误差不能超过 5 分钟。", "Set the clock: it may be off by 5 minutes at most.")),
		row("AuthFailure.UnauthorizedOperation", never, sender.ReasonPermission, text("子用户没有权限", "the sub-user lacks the right"), grant),
		row("UnauthorizedOperation", never, sender.ReasonPermission, text("未授权操作", "not granted"), grant),
		row("UnauthorizedOperation.SdkAppIdIsDisabled", never, sender.ReasonPermission, text("应用被停用", "the application is disabled"), app),
		row("UnauthorizedOperation.RequestIpNotInWhitelist", never, sender.ReasonPermission, text("来源 IP 不在白名单", "this address is not on the white list"), text("在控制台把本机出口 IP 加入白名单。", "Add this machine's outgoing address to the white list in the console.")),
		row("UnauthorizedOperation.ServiceSuspendDueToArrears", never, sender.ReasonPermission, text("欠费停服", "suspended for arrears"), text("给腾讯云账号充值。", "Top up the Tencent Cloud account.")),
		row("InternalError", again, sender.ReasonUnavailable, text("内部错误", "internal error"), wait),
		row("InternalError.Timeout", again, sender.ReasonUnavailable, text("下发超时", "timed out inside"), wait),
		row("InternalError.OtherError", again, sender.ReasonUnavailable, text("其他错误", "another error"), wait),
		row("InternalError.SendAndRecvFail", again, sender.ReasonUnavailable, text("内部收发失败", "failed inside"), wait),
		row("InternalError.RequestTimeException", never, sender.ReasonConfig, text("本机时间不准", "this machine's clock is off"), text("校准本机时间。", "Set the clock.")),
		row("ResourceUnavailable", again, sender.ReasonUnavailable, text("资源不可用", "a resource is unavailable"), wait),
		row("ServiceUnavailable", again, sender.ReasonUnavailable, text("服务不可用", "the service is unavailable"), wait),
		later("RequestLimitExceeded", moment, text("调用太频繁", "called too often"), slow),
		later("LimitExceeded", moment, text("超过限制", "a limit was exceeded"), slow),
		row("InvalidParameter", never, sender.ReasonMessage, text("参数错误", "a parameter is wrong"), shape),
		row("InvalidParameterValue", never, sender.ReasonMessage, text("参数取值错误", "a parameter's value is wrong"), shape),
		row("MissingParameter", never, sender.ReasonMessage, text("缺少参数", "a parameter is missing"), shape),
		row("InvalidParameterValue.SdkAppIdNotExist", never, sender.ReasonConfig, text("应用不存在", "no such application"), app),
		row("UnsupportedRegion", never, sender.ReasonConfig, text("地域不支持", "the region is not supported"), text("region 用 ap-guangzhou。", "Use ap-guangzhou as region.")),
		row("FailedOperation.ContainSensitiveWord", never, sender.ReasonMessage, text("内容有敏感词", "a forbidden word"), words),
		row("InvalidParameterValue.TemplateParameterLengthLimit", never, sender.ReasonMessage, text("变量太长", "a variable is too long"), text("调小 variable_length。", "Lower variable_length.")),
		row("InvalidParameterValue.IncorrectPhoneNumber", never, sender.ReasonRecipient, text("号码不对", "the number is not valid"), number),
	}
}

// smsCodes are also those of each number's own result.
// https://cloud.tencent.com/document/api/382/52075
func smsCodes() []sender.CodeMeaning {
	never, again := sender.Never, sender.Again
	params := text("template_params 的行数和顺序要与模板的 {1}、{2} 一致。", "template_params must have as many lines as the template has variables, in its order.")
	today := text("今天的额度用完：在控制台「发送频率限制」调高；云锣会走下一步骤，没有则等到明天。", "The day's limit is used up: raise it under Sending Frequency in the console; the next step takes over, or it waits until tomorrow.")
	whole := text("应用今天的额度用完：在控制台调高；云锣会走下一步骤，没有则每小时再试。", "The application's limit of the day is used up: raise it in the console; the next step takes over, or it is tried again every hour.")
	soon := text("同一号码发得太密，稍后自动重试；可在控制台「发送频率限制」调高。", "The number gets too much at once; it is tried again by itself. Raise it under Sending Frequency in the console.")
	return append(
		commonCodes(),
		later("LimitExceeded.PhoneNumberThirtySecondLimit", half, text("30 秒内发过", "sent within 30 seconds"), soon),
		later("LimitExceeded.PhoneNumberOneHourLimit", time.Hour, text("一小时内超限", "the hour's limit is used up"), soon),
		later("LimitExceeded.PhoneNumberDailyLimit", day, text("该号码今天超限", "this number gets no more today"), today),
		later("LimitExceeded.PhoneNumberSameContentDailyLimit", day, text("同样内容今天超限", "the same words were sent too often today"), today),
		later("LimitExceeded.AppDailyLimit", accountAgain, text("应用今天超限", "the application's limit of today is used up"), whole),
		later("LimitExceeded.AppCountryOrRegionDailyLimit", day, text("该国家或地区今天超限", "this country's limit of today is used up"), today),
		later("LimitExceeded.DailyLimit", accountAgain, text("今天超限", "the limit of today is used up"), whole),
		later("LimitExceeded.DeliveryFrequencyLimit", half, text("命中下发频率限制", "sent too often"), soon),
		row("LimitExceeded.PhoneNumberCountLimit", never, sender.ReasonMessage, text("号码太多", "too many numbers"), text("请报告这个问题。", "Report this, please.")),
		row("FailedOperation.SignatureIncorrectOrUnapproved", never, sender.ReasonConfig, text("签名不对或未审核", "the signature is wrong or not approved"), text("核对 sign_name：填签名内容，不带【】。", "Check sign_name: the signature's words, without brackets.")),
		row("FailedOperation.TemplateIncorrectOrUnapproved", never, sender.ReasonConfig, text("模板不对或未审核", "the template is wrong or not approved"), text("核对 template_id。", "Check template_id.")),
		row("FailedOperation.TemplateIdNotExist", never, sender.ReasonConfig, text("模板不存在", "no such template"), text("核对 template_id。", "Check template_id.")),
		row("FailedOperation.TemplateParamSetNotMatchApprovedTemplate", never, sender.ReasonConfig, text("变量与模板不符", "the variables do not match the template"), params),
		row("FailedOperation.TemplateUnapprovedOrNotExist", never, sender.ReasonConfig, text("模板不存在或未审核", "no such template, or not approved"), text("核对 template_id。", "Check template_id.")),
		row("FailedOperation.InsufficientBalanceInSmsPackage", never, sender.ReasonPermission, text("套餐包用完", "the package is used up"), text("购买短信套餐包。", "Buy an SMS package.")),
		row("FailedOperation.PhoneNumberInBlacklist", never, sender.ReasonRecipient, text("号码在黑名单", "the number is black-listed"), text("此人退订过或被运营商拉黑：请其联系运营商，或换个号码。", "The person has opted out, or the operator blocks them: use another number.")),
		row("FailedOperation.FailResolvePacket", again, sender.ReasonUnavailable, text("请求解析失败", "the request could not be read"), text("会自动重试。", "It is tried again by itself.")),
		row("InvalidParameterValue.TemplateParameterFormatError", never, sender.ReasonMessage, text("变量格式不对", "a variable has the wrong form"), text("看控制台里该变量的类型，例如只能是数字。", "See the variable's kind in the console: digits only, perhaps.")),
		row("InvalidParameterValue.ProhibitedUseUrlInTemplateParameter", never, sender.ReasonMessage, text("变量里有网址", "a variable holds an address"), text("改 template_params，不要放网址。", "Change template_params: no addresses.")),
		row("InvalidParameterValue.ContentLengthLimit", never, sender.ReasonMessage, text("短信太长", "the SMS is too long"), text("调小 variable_length，或改短模板。", "Lower variable_length, or shorten the template.")),
	)
}

// voiceCodes are those of the voice service. https://cloud.tencent.com/document/api/1128/51556
func voiceCodes() []sender.CodeMeaning {
	never, again := sender.Never, sender.Again
	number := text("核对手机号，以 +86 开头。", "Check the number: it begins with +86.")
	return append(
		commonCodes(),
		later("LimitExceeded.DeliveryFrequencyLimit", half, text("命中频率限制", "called too often"), text("同一号码呼得太密，稍后自动重试；可在语音控制台调整频率限制。", "The number is called too often; it is tried again by itself. The voice console can change the limit.")),
		row("FailedOperation.AccessUpstreamTimeout", again, sender.ReasonUnavailable, text("访问上下游超时", "timed out inside"), text("会自动重试。", "It is tried again by itself.")),
		row("FailedOperation.UpstreamError", again, sender.ReasonUnavailable, text("上游错误", "an error further on"), text("会自动重试。", "It is tried again by itself.")),
		row("FailedOperation.FailResolvePacket", never, sender.ReasonMessage, text("请求解析失败", "the request could not be read"), text("请报告这个问题。", "Report this, please.")),
		row("FailedOperation.JsonParseFail", never, sender.ReasonMessage, text("请求不是 JSON", "the request is no JSON"), text("请报告这个问题。", "Report this, please.")),
		row("FailedOperation.InvalidJsonParameters", never, sender.ReasonMessage, text("无效 JSON", "not valid JSON"), text("请报告这个问题。", "Report this, please.")),
		row("FailedOperation.InvalidParameters", never, sender.ReasonMessage, text("无效参数", "not valid parameters"), text("核对账号的各项设置。", "Check the account's settings.")),
		row("FailedOperation.ParametersOtherError", never, sender.ReasonMessage, text("未知错误", "an unknown error"), text("联系腾讯云语音客服。", "Ask Tencent Cloud's support.")),
		row("FailedOperation.TemplateUnapprovedOrNotMatch", never, sender.ReasonConfig, text("模板未审核或内容不符", "the template is not approved or does not match"), text("核对 template_id 与 template_params 的行数。", "Check template_id, and the number of lines in template_params.")),
		row("FailedOperation.InsufficientBalanceInVoicePackage", never, sender.ReasonPermission, text("语音套餐包用完", "the voice package is used up"), text("购买语音套餐包。", "Buy a voice package.")),
		row("FailedOperation.PhonenumberUnappliedOrExpired", never, sender.ReasonPermission, text("没有可用号码", "no number was bought, or it expired"), text("在语音控制台申请或续费号码。", "Get or renew a number in the voice console.")),
		row("InvalidParameterValue.CalledNumberVerifyFail", never, sender.ReasonRecipient, text("被叫号码校验失败", "the number is not valid"), number),
		row("InvalidParameterValue.CalledNumberError", never, sender.ReasonRecipient, text("被叫号码格式不对", "the number has the wrong form"), number),
		row("UnauthorizedOperation.VoiceSdkAppidIsDisabled", never, sender.ReasonPermission, text("应用被停用", "the application is disabled"), text("联系腾讯云语音客服。", "Ask Tencent Cloud's support.")),
		row("InvalidParameterValue.VoiceSdkAppidNotExist", never, sender.ReasonConfig, text("应用不存在", "no such application"), text("核对 sdk_app_id：语音控制台里应用的。", "Check sdk_app_id: of the application in the voice console.")),
	)
}
