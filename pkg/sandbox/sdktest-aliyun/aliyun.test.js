// Drives a running sandbox with Alibaba Cloud's official SDK for SMS, and with the core of that SDK for voice, whose
// own package npm does not have. The sandbox's address comes in SANDBOX_URL.
"use strict";
const test = require("node:test");
const assert = require("node:assert/strict");
const { default: Sms, SendSmsRequest, QuerySendDetailsRequest, QuerySmsTemplateRequest } = require("@alicloud/dysmsapi20170525");
const { $OpenApiUtil, default: Core } = require("@alicloud/openapi-core");

const base = new URL(process.env.SANDBOX_URL);
const config = (accessKeyId = "LTAIdemo", accessKeySecret = "aliyun-demo-secret") =>
  new $OpenApiUtil.Config({ accessKeyId, accessKeySecret, endpoint: base.host, protocol: base.protocol.replace(":", "") });

const sms = (...key) => new Sms(config(...key));

const voice = async (action, query) => {
  const params = new $OpenApiUtil.Params({
    action, version: "2017-05-25", protocol: base.protocol.replace(":", "").toUpperCase(), pathname: "/", method: "POST", authType: "AK", style: "RPC", reqBodyType: "formData", bodyType: "json",
  });
  const core = new Core(config());
  const answer = await core.callApi(params, new $OpenApiUtil.OpenApiRequest({ query }), { toMap: () => ({}) });
  return answer.body;
};

const send = (more) => sms().sendSms(new SendSmsRequest({
  phoneNumbers: "13800000001", signName: "云锣告警", templateCode: "SMS_100", templateParam: JSON.stringify({ content: "磁盘 *满* ~90% a+b&c=d" }), ...more,
}));

async function inbox() {
  const answer = await fetch(new URL("/sandbox/api/messages?provider=aliyun", base));
  return (await answer.json()).messages;
}

async function refused(promise) {
  try {
    return (await promise).body.code;
  } catch (error) {
    return error.code;
  }
}

test("an SMS to several numbers, and what became of it", async () => {
  const { body } = await send({ phoneNumbers: "13800000002,+8613800000009,14155550100", outId: "o-1" });
  assert.equal(body.code, "OK");
  const texts = (await inbox()).filter((m) => m.id.startsWith(body.bizId));
  assert.equal(texts.length, 3);
  assert.equal(texts[0].content.text, "磁盘 *满* ~90% a+b&c=d，请尽快处理。");
  const ask = async (phoneNumber) => {
    const sendDate = new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10).replaceAll("-", "");
    const { body: details } = await sms().querySendDetails(new QuerySendDetailsRequest({ phoneNumber, bizId: body.bizId, sendDate, pageSize: 10, currentPage: 1 }));
    return details.smsSendDetailDTOs.smsSendDetailDTO[0].sendStatus;
  };
  assert.equal(await ask("13800000002"), 3);
  assert.equal(await ask("13800000009"), 2);
});

test("the template can be asked for", async () => {
  const { body } = await sms().querySmsTemplate(new QuerySmsTemplateRequest({ templateCode: "SMS_101" }));
  assert.equal(body.templateStatus, 1);
  assert.match(body.templateContent, /\$\{title\}/);
});

test("a call, through the SDK's core", async () => {
  const body = await voice("SingleCallByTts", { CalledNumber: "13800000001", TtsCode: "TTS_100", TtsParam: JSON.stringify({ content: "支付告警" }), PlayTimes: "2" });
  assert.equal(body.Code, "OK");
  assert.equal((await inbox()).at(-1).content.text, "您好，支付告警，请尽快处理。");
  const again = await voice("SingleCallByTts", { CalledNumber: "13800000001", TtsCode: "TTS_100", TtsParam: JSON.stringify({ content: "支付告警" }) });
  assert.equal(again.Code, "isv.BUSINESS_LIMIT_CONTROL");
  const record = await voice("QueryCallDetailByCallId", { CallId: body.CallId, ProdId: "11000000300006", QueryDate: String(Date.now()) });
  assert.equal(record.Code, "OK");
  assert.equal(record.Data, undefined, "the record comes some minutes later");
});

test("what is wrong is refused", async () => {
  const request = () => new SendSmsRequest({ phoneNumbers: "13800000001", signName: "云锣告警", templateCode: "SMS_100", templateParam: "{}" });
  for (const [code, ask] of [
    ["SignatureDoesNotMatch", () => sms("LTAIdemo", "wrong").sendSms(request())],
    ["InvalidAccessKeyId.NotFound", () => sms("LTAIother").sendSms(request())],
    ["isv.SMS_SIGNATURE_ILLEGAL", () => send({ signName: "别家" })],
    ["isv.SMS_TEMPLATE_ILLEGAL", () => send({ templateCode: "SMS_199" })],
    ["isv.SMS_TEMPLATE_ILLEGAL", () => send({ templateCode: "TTS_100" })],
    ["isv.TEMPLATE_MISSING_PARAMETERS", () => send({ templateParam: "{}" })],
    ["isv.INVALID_JSON_PARAM", () => send({ templateParam: '{"content":5}' })],
    ["isv.PARAM_LENGTH_LIMIT", () => send({ templateParam: JSON.stringify({ content: "字".repeat(36) }) })],
    ["isv.PARAM_NOT_SUPPORT_URL", () => send({ templateParam: JSON.stringify({ content: "看 http://a.b" }) })],
    ["isv.TEMPLATE_PARAMS_ILLEGAL", () => send({ templateParam: JSON.stringify({ content: "【告警】" }) })],
    ["isv.MOBILE_NUMBER_ILLEGAL", () => send({ phoneNumbers: "13800000001,110" })],
    ["isv.MOBILE_COUNT_OVER_LIMIT", () => send({ phoneNumbers: Array(1001).fill("13800000001").join(",") })],
  ]) {
    assert.equal(await refused(ask()), code);
  }
});

test("fifty a day for one number", async () => {
  for (let i = 0; i < 50; i++) {
    assert.equal((await send({ phoneNumbers: "13800000003" })).body.code, "OK");
  }
  const { body } = await send({ phoneNumbers: "13800000003" });
  assert.equal(body.code, "isv.BUSINESS_LIMIT_CONTROL");
  assert.match(body.message, /天级/);
});
