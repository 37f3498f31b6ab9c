// Drives a running sandbox with DingTalk's official SDK, so that the sandbox is not a mirror of our own client.
// The sandbox's address comes in SANDBOX_URL. The old API, which finds people by mobile, is not in this SDK.
"use strict";
const test = require("node:test");
const assert = require("node:assert/strict");
const { Config } = require("@alicloud/openapi-client");
const { RuntimeOptions } = require("@alicloud/tea-util");
const oauth = require("@alicloud/dingtalk/oauth2_1_0");
const robot = require("@alicloud/dingtalk/robot_1_0");

const base = new URL(process.env.SANDBOX_URL);
const config = () => new Config({ protocol: base.protocol.replace(":", ""), regionId: "central", endpoint: base.host });
const runtime = new RuntimeOptions({});

async function login(appKey = "dingdemo", appSecret = "dingtalk-demo-secret") {
  const client = new oauth.default(config());
  return (await client.getAccessToken(new oauth.GetAccessTokenRequest({ appKey, appSecret }))).body;
}

async function setUp() {
  const token = (await login()).accessToken;
  const client = new robot.default(config());
  const call = (name, request) => {
    const Headers = robot[name[0].toUpperCase() + name.slice(1) + "Headers"];
    const Request = robot[name[0].toUpperCase() + name.slice(1) + "Request"];
    return client[name + "WithOptions"](new Request(request), new Headers({ xAcsDingtalkAccessToken: token }), runtime);
  };
  return { client, call };
}

async function sandbox(method, path, body) {
  const answer = await fetch(new URL("/sandbox/api/" + path, base), {
    method, headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body),
  });
  assert.ok(answer.ok, path + " " + answer.status);
  return answer.json();
}

const inbox = async () => (await sandbox("GET", "messages?provider=dingtalk")).messages;

async function refused(promise) {
  try {
    await promise;
  } catch (error) {
    return { status: error.data?.statusCode ?? error.statusCode, code: error.code };
  }
  assert.fail("nothing was refused");
}

const text = (content) => ({ robotCode: "dingdemo", msgKey: "sampleText", msgParam: JSON.stringify({ content }) });

test("a token lasts two hours and is given again", async () => {
  const first = await login();
  assert.equal(first.expireIn, 7200);
  assert.equal((await login()).accessToken, first.accessToken);
});

test("a wrong secret is refused", async () => {
  assert.equal((await refused(login("dingdemo", "wrong"))).code, "invalidClientIdOrSecret");
});

test("messages to people name those that are left out", async () => {
  const { call } = await setUp();
  const { body } = await call("batchSendOTO", { ...text("单聊 hello"), userIds: ["li_lei", "zhao_liu"] });
  assert.ok(body.processQueryKey);
  assert.deepEqual(body.invalidStaffIdList, ["zhao_liu"]);
  assert.deepEqual(body.flowControlledStaffIdList, []);
  const arrived = (await inbox()).filter((m) => m.conversation.name === "李雷");
  assert.equal(JSON.parse(arrived.at(-1).content.msgParam).content, "单聊 hello");

  const read = await call("batchOTOQuery", { robotCode: "dingdemo", processQueryKey: body.processQueryKey });
  assert.equal(read.body.messageReadInfoList[0].readStatus, "UNREAD");

  const gone = await call("batchRecallOTO", { robotCode: "dingdemo", processQueryKeys: [body.processQueryKey, "nothing"] });
  assert.deepEqual(gone.body.successResult, [body.processQueryKey]);
  assert.ok(gone.body.failedResult.nothing);
  assert.ok((await inbox()).find((m) => m.id === arrived.at(-1).id).recalled);
});

test("messages to a group", async () => {
  const { call } = await setUp();
  const { body } = await call("orgGroupSend", {
    robotCode: "dingdemo", openConversationId: "cidDemo==", msgKey: "sampleMarkdown", msgParam: JSON.stringify({ title: "t", text: "**b**" }),
  });
  assert.ok(body.processQueryKey);
  const gone = await call("orgGroupRecall", { robotCode: "dingdemo", openConversationId: "cidDemo==", processQueryKeys: [body.processQueryKey] });
  assert.deepEqual(gone.body.successResult, [body.processQueryKey]);
  assert.equal((await refused(call("orgGroupSend", { ...text("x"), openConversationId: "cidOther==" }))).code, "invalid.openConversationId");
});

test("a DING rings, names whom it missed, and is recalled", async () => {
  const { call } = await setUp();
  const { body } = await call("robotSendDing", { robotCode: "dingdemo", remindType: 3, receiverUserIdList: ["li_lei", "nobody"], content: "电话提醒" });
  assert.ok(body.openDingId);
  assert.deepEqual(Object.values(body.failedList), [["nobody"]]);
  const rung = (await inbox()).at(-1);
  assert.equal(rung.urgents[0].mode, "phone");
  await call("robotRecallDing", { robotCode: "dingdemo", openDingId: body.openDingId });
  assert.ok((await inbox()).at(-1).recalled);
});

test("what is wrong is refused in words", async () => {
  const { call, client } = await setUp();
  const users = Array.from({ length: 21 }, (_, i) => "user" + i);
  for (const [code, ask] of [
    ["invalidParameter.robotCode.notExsit", () => call("batchSendOTO", { ...text("x"), robotCode: "other", userIds: ["li_lei"] })],
    ["too.many.people", () => call("batchSendOTO", { ...text("x"), userIds: users })],
    ["miss.staffId", () => call("batchSendOTO", { ...text("x"), userIds: [] })],
    ["invalidParameter.msgParam", () => call("batchSendOTO", { ...text("字".repeat(5001)), userIds: ["li_lei"] })],
    ["ding.receivercount.limit", () => call("robotSendDing", { robotCode: "dingdemo", remindType: 2, receiverUserIdList: users, content: "x" })],
    ["invalid.chatbotId", () => call("robotSendDing", { robotCode: "other", remindType: 1, receiverUserIdList: ["li_lei"], content: "x" })],
    ["InvalidAuthentication", () => client.batchSendOTOWithOptions(
      new robot.BatchSendOTORequest({ ...text("x"), userIds: ["li_lei"] }), new robot.BatchSendOTOHeaders({ xAcsDingtalkAccessToken: "x" }), runtime)],
  ]) {
    assert.equal((await refused(ask())).code, code);
  }
});
