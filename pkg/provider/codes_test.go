package provider_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/provider"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

const (
	unavailableAgain = "again unavailable"
	tooFastLater     = "later rate_limited"
	badAuth          = "never auth"
	badConfig        = "never config"
	badMessage       = "never message"
	badRecipient     = "never recipient"
	noRight          = "never permission"
	usedUp           = "never rate_limited"
)

// documented are the codes that each provider's documentation, or those who met them, tell of, written down apart from
// the tables in the code: what each means for the next attempt, and why it failed. Where the same code has several
// meanings, each is one of them.
func documented() map[string]map[string]string {
	wecomAPI := map[string]string{
		unavailableAgain: "-1", badAuth: "40001 40014 42001 41001", badConfig: "40013 40056 40096 41011",
		noRight: "48002 50002 60011 60020 301002", badRecipient: "40003 40031 46004 60103 60111 81013 82001",
		badMessage: "40008 40058 40063 44004 45002", tooFastLater: "45009 45033",
	}
	aliyun := map[string]string{
		unavailableAgain: "isp.SYSTEM_ERROR", tooFastLater: "Throttling.User isv.BUSINESS_LIMIT_CONTROL",
		noRight: "isp.RAM_PERMISSION_DENY isv.AMOUNT_NOT_ENOUGH isv.OUT_OF_SERVICE", badAuth: "SignatureDoesNotMatch InvalidAccessKeyId.NotFound",
		badConfig:    "isv.TEMPLATE_MISSING_PARAMETERS",
		badMessage:   "isv.TEMPLATE_PARAMS_ILLEGAL isv.INVALID_JSON_PARAM isv.PARAM_LENGTH_LIMIT isv.PARAM_NOT_SUPPORT_URL isv.BLACK_KEY_CONTROL_LIMIT",
		badRecipient: "isv.MOBILE_NUMBER_ILLEGAL",
	}
	tencent := map[string]string{
		badAuth: "AuthFailure.SignatureFailure", unavailableAgain: "InternalError.Timeout InternalError.SendAndRecvFail",
		badConfig: "InternalError.RequestTimeException InvalidParameterValue.SdkAppIdNotExist", badRecipient: "InvalidParameterValue.IncorrectPhoneNumber",
		badMessage: "FailedOperation.ContainSensitiveWord InvalidParameterValue.TemplateParameterLengthLimit", noRight: "UnauthorizedOperation",
		tooFastLater: "LimitExceeded.DeliveryFrequencyLimit",
	}
	return map[string]map[string]string{
		"feishu_app": {
			badAuth: "99991661 99991668", "again auth": "99991663 99991664 99991671",
			badMessage:   "230001 230022 230025 230028 230099 230011 230019 230110",
			noRight:      "230002 230015 230017 230018 230027 230035 230052 230012",
			badConfig:    "230006",
			badRecipient: "230013 230029 230034 230036 230038 230053 232009 230023",
			tooFastLater: "230020 99991400", "later unavailable": "230049", usedUp: "230024",
		},
		"feishu_robot": {
			badAuth: "19001 19021", noRight: "19022", badMessage: "19024 9499", tooFastLater: "11232 9499",
		},
		"dingtalk_robot": {
			unavailableAgain: "-1", badMessage: "40035 43004 400105 430101 430102 430103 430104 460101", badAuth: "300005 400101 310000",
			badRecipient: "400013 400106", noRight: "400102 310000", tooFastLater: "410100 130101 90030 1111", badConfig: "310000",
		},
		"dingtalk_app": {
			badAuth: "invalidClientIdOrSecret InvalidAuthentication 40014 42001", unavailableAgain: "-1 resource.unavailable send.ding.exception",
			badConfig:    "invalidParameter.robotCode.notExsit robot.oto.notExist invalid.chatbotId",
			noRight:      "chatbotId.notAllow.sendOTO bot.stopped only.groupAdmin.canAtAll",
			badMessage:   "too.many.people ding.receivercount.limit 400002",
			badRecipient: "staffId.notExisted miss.staffId miss.openConversationId invalid.openConversationId group.disbanded 40104 60121 invalidStaffIdList",
			usedUp:       "ding.serverquota.insufficient 90020 Forbidden.AccessDenied.ApiCountLimitForOrg",
			tooFastLater: "send.too.fast send.byToken.tooFast toomuch.msg 90018 90002 1111 flowControlledStaffIdList " +
				"Forbidden.AccessDenied.QpsLimitForAppkeyAndApi Forbidden.AccessDenied.QpsLimitForApi",
		},
		"wecom_app": with(wecomAPI, map[string]string{badRecipient: "invaliduser", noRight: "unlicenseduser"}),
		"wecom_robot": {
			unavailableAgain: "-1", badAuth: "93000", tooFastLater: "45009", badMessage: "40008 40058", badRecipient: "93004 93008",
		},
		"wecom_call": with(wecomAPI, map[string]string{noRight: "301049 301050 301051"}),
		"aliyun_sms": with(aliyun, map[string]string{
			tooFastLater: "isv.DAY_LIMIT_CONTROL isv.MONTH_LIMIT_CONTROL", badConfig: "isv.SMS_SIGNATURE_ILLEGAL isv.SMS_TEMPLATE_ILLEGAL",
			badMessage: "isv.MOBILE_COUNT_OVER_LIMIT", noRight: "isv.DENY_IP_RANGE", badRecipient: "isv.DOMESTIC_NUMBER_NOT_SUPPORTED",
		}),
		"aliyun_voice": aliyun,
		"tencent_sms": with(tencent, map[string]string{
			tooFastLater: "LimitExceeded.PhoneNumberThirtySecondLimit LimitExceeded.PhoneNumberOneHourLimit LimitExceeded.PhoneNumberDailyLimit " +
				"LimitExceeded.PhoneNumberSameContentDailyLimit LimitExceeded.AppDailyLimit",
			badConfig: "FailedOperation.SignatureIncorrectOrUnapproved FailedOperation.TemplateIncorrectOrUnapproved " +
				"FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
			badMessage: "InvalidParameterValue.TemplateParameterFormatError InvalidParameterValue.ProhibitedUseUrlInTemplateParameter LimitExceeded.PhoneNumberCountLimit",
			noRight:    "FailedOperation.InsufficientBalanceInSmsPackage", badRecipient: "FailedOperation.PhoneNumberInBlacklist",
		}),
		"tencent_voice": tencent,
	}
}

// with adds codes to those of the same meaning.
func with(codes, more map[string]string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, codes)
	for meaning, list := range more {
		out[meaning] += " " + list
	}
	return out
}

// notToday are the limits that last for hours or days: there the next step takes over.
func notToday() map[string]string {
	return map[string]string{
		"aliyun_sms": "isv.DAY_LIMIT_CONTROL isv.MONTH_LIMIT_CONTROL",
		"tencent_sms": "LimitExceeded.PhoneNumberOneHourLimit LimitExceeded.PhoneNumberDailyLimit LimitExceeded.PhoneNumberSameContentDailyLimit " +
			"LimitExceeded.AppDailyLimit",
	}
}

func meaning(row sender.CodeMeaning) string {
	class := map[sender.Class]string{sender.Again: "again", sender.Never: "never", sender.Later: "later"}[row.Class]
	return class + " " + string(row.Reason)
}

// TestEveryDocumentedCodeIsUnderstood holds each type's table against what is documented: class, reason, a hint. That a
// sender really answers so is for the conformance suite, which lets the provider answer with each row.
func TestEveryDocumentedCodeIsUnderstood(t *testing.T) {
	for typ, codes := range documented() {
		m, found := provider.Find(typ)
		require.True(t, found, typ)
		rows := map[string]sender.CodeMeaning{}
		for _, row := range m.Errors {
			rows[row.Code+" "+meaning(row)] = row
		}
		for want, list := range codes {
			for code := range strings.FieldsSeq(list) {
				t.Run(fmt.Sprintf("%s/%s %s", typ, code, want), func(t *testing.T) {
					row, found := rows[code+" "+want]
					require.True(t, found, "the table lacks it")
					require.NotEmpty(t, row.Title.ZH)
					require.NotEmpty(t, row.Title.EN)
					require.NotEmpty(t, row.Hint.ZH)
					require.NotEmpty(t, row.Hint.EN)
				})
			}
		}
		for code := range strings.FieldsSeq(notToday()[typ]) {
			require.GreaterOrEqual(t, rows[code+" "+tooFastLater].After.Hours(), 1.0, "%s %s: the next step takes over", typ, code)
		}
	}
}
