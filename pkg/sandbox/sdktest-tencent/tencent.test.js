// Drives a running sandbox with Tencent Cloud's official SDK for SMS, and with its common client for voice. The
// sandbox's address comes in SANDBOX_URL.
"use strict";
const test = require("node:test");
const assert = require("node:assert/strict");
const { sms } = require("tencentcloud-sdk-nodejs-sms");
const { CommonClient } = require("tencentcloud-sdk-nodejs-common");

const base = new URL(process.env.SANDBOX_URL);

// The SDK signs the first label of the host as the service, so the sandbox gets two names.
const dns = require("node:dns");
const lookup = dns.lookup;
dns.lookup = (host, options, done) => {
  const name = host.endsWith(".sandbox.test") ? base.hostname : host;
  return typeof options === "function" ? lookup(name, options) : lookup(name, options, done);
};
const settings = (service, secretId = "AKIDdemo", secretKey = "tencent-demo-secret") => ({
  credential: { secretId, secretKey }, region: "ap-guangzhou",
  profile: { httpProfile: { endpoint: service + ".sandbox.test:" + base.port, protocol: base.protocol + "//" } },
});
const client = (...key) => new sms.v20210111.Client(settings("sms", ...key));

const request = (more) => ({
  PhoneNumberSet: ["+8613800000001"], SmsSdkAppId: "1400000001", SignName: "云锣告警", TemplateId: "100", TemplateParamSet: ["磁盘满 90% a&b"], ...more,
});
const send = async (more) => (await client().SendSms(request(more))).SendStatusSet;

async function inbox() {
  const answer = await fetch(new URL("/sandbox/api/messages?provider=tencent", base));
  return (await answer.json()).messages;
}

async function refused(promise) {
  try {
    return (await promise)[0].Code;
  } catch (error) {
    return error.code;
  }
}

test("each number has a result of its own, and what became of it can be asked", async () => {
  const set = await send({ PhoneNumberSet: ["+8613800000001", "13800000002", "+8613800000009", "110"], SessionContext: "o-1" });
  assert.deepEqual(set.map((one) => one.Code), ["Ok", "Ok", "Ok", "InvalidParameterValue.IncorrectPhoneNumber"]);
  const texts = (await inbox()).filter((m) => m.key === "o-1");
  assert.equal(texts.length, 3);
  assert.equal(texts[0].content.text, "磁盘满 90% a&b，请尽快处理。");
  const ask = async (PhoneNumber) => {
    const now = Math.floor(Date.now() / 1000);
    const { PullSmsSendStatusSet } = await client().PullSmsSendStatusByPhoneNumber({ BeginTime: now - 60, EndTime: now + 60, Offset: 0, Limit: 10, PhoneNumber, SmsSdkAppId: "1400000001" });
    return PullSmsSendStatusSet.at(-1);
  };
  assert.equal((await ask("+8613800000001")).ReportStatus, "SUCCESS");
  assert.equal((await ask("+8613800000001")).SerialNo, set[0].SerialNo);
  assert.equal((await ask("+8613800000009")).ReportStatus, "FAIL");
});

test("the same words once in thirty seconds, ten a day", async () => {
  const number = { PhoneNumberSet: ["+8613800000003"] };
  assert.equal((await send(number))[0].Code, "Ok");
  assert.equal((await send(number))[0].Code, "LimitExceeded.PhoneNumberThirtySecondLimit");
  for (let i = 0; i < 9; i++) {
    assert.equal((await send({ ...number, TemplateParamSet: ["第" + i + "条"] }))[0].Code, "Ok");
  }
  assert.equal((await send({ ...number, TemplateParamSet: ["第十条"] }))[0].Code, "LimitExceeded.PhoneNumberDailyLimit");
});

test("a call, through the SDK's common client", async () => {
  const voice = new CommonClient("vms.sandbox.test:" + base.port, "2020-09-02", settings("vms"));
  const call = (more) => voice.request("SendTtsVoice", {
    TemplateId: "200", TemplateParamSet: ["支付告警"], CalledNumber: "+8613800000001", VoiceSdkAppid: "1400000002", PlayTimes: 2, SessionContext: "s", ...more,
  });
  const { SendStatus } = await call();
  assert.equal(SendStatus.SessionContext, "s");
  const rung = (await inbox()).find((m) => m.id === SendStatus.CallId);
  assert.equal(rung.content.text, "您好，支付告警，请尽快处理。");
  await assert.rejects(call(), { code: "LimitExceeded.DeliveryFrequencyLimit" });
  await assert.rejects(call({ CalledNumber: "13800000002" }), { code: "InvalidParameterValue.CalledNumberError" });
  await assert.rejects(call({ VoiceSdkAppid: "1400000001" }), { code: "InvalidParameterValue.VoiceSdkAppidNotExist" });
  await assert.rejects(call({ CalledNumber: "+8613800000002", TemplateId: "100" }), { code: "FailedOperation.TemplateUnapprovedOrNotMatch" });
});

test("what is wrong is refused", async () => {
  for (const [code, ask] of [
    ["AuthFailure.SignatureFailure", () => new sms.v20210111.Client(settings("vms")).SendSms(request())],
    ["AuthFailure.SignatureFailure", () => client("AKIDdemo", "wrong").SendSms(request())],
    ["AuthFailure.SecretIdNotFound", () => client("AKIDother").SendSms(request())],
    ["FailedOperation.SignatureIncorrectOrUnapproved", () => send({ SignName: "别家" })],
    ["FailedOperation.TemplateIncorrectOrUnapproved", () => send({ TemplateId: "199" })],
    ["FailedOperation.TemplateParamSetNotMatchApprovedTemplate", () => send({ TemplateParamSet: [] })],
    ["InvalidParameterValue.TemplateParameterLengthLimit", () => send({ TemplateParamSet: ["字".repeat(13)] })],
    ["InvalidParameterValue.ProhibitedUseUrlInTemplateParameter", () => send({ TemplateParamSet: ["a.com"] })],
    ["InvalidParameterValue.TemplateParameterFormatError", () => send({ TemplateParamSet: ["【告警】"] })],
    ["InvalidParameterValue.SdkAppIdNotExist", () => send({ SmsSdkAppId: "1400000009" })],
    ["LimitExceeded.PhoneNumberCountLimit", () => send({ PhoneNumberSet: Array(201).fill("+8613800000001") })],
    ["UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber", () => send({ PhoneNumberSet: ["+8613800000001", "+14155550100"] })],
  ]) {
    assert.equal(await refused(ask()), code);
  }
});
