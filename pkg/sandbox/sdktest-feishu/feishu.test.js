// Drives a running sandbox with Feishu's official SDK, so that the sandbox is not a mirror of our own client.
// The sandbox's address comes in SANDBOX_URL.
"use strict";
const test = require("node:test");
const assert = require("node:assert/strict");
const lark = require("@larksuiteoapi/node-sdk");

const base = process.env.SANDBOX_URL;
const silent = { error() {}, warn() {}, info() {}, debug() {}, trace() {} };

const client = (appId = "cli_demo", appSecret = "secret") =>
  new lark.Client({ appId, appSecret, domain: base, logger: silent, loggerLevel: lark.LoggerLevel.fatal });

const card = (title) => JSON.stringify({
  schema: "2.0",
  config: { update_multi: true },
  header: { title: { tag: "plain_text", content: title }, template: "red" },
  body: { elements: [{ tag: "markdown", content: "**x** <at id=ou_demo_lilei></at>" }] },
});

const send = (c, receive_id, msg_type, content, extra = {}) => c.im.v1.message.create({
  params: { receive_id_type: extra.type ?? "chat_id" },
  data: { receive_id, msg_type, content, uuid: extra.uuid },
});

async function sandbox(method, path, body) {
  const answer = await fetch(base + "/sandbox/api/" + path, {
    method, headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body),
  });
  assert.ok(answer.ok, path + " " + answer.status);
  return answer.json();
}

// The SDK rejects with what axios throws: the answer is in response.
async function refused(promise) {
  try {
    const answer = await promise;
    return { status: 200, code: answer.code, msg: answer.msg };
  } catch (error) {
    assert.ok(error.response, String(error));
    return { status: error.response.status, ...error.response.data };
  }
}

test.beforeEach(() => sandbox("POST", "reset"));

test("token, send, reply, patch, urgent, read, recall", async () => {
  const c = client();
  const sent = await send(c, "oc_demo", "interactive", card("firing"), { uuid: "sdk-1" });
  assert.equal(sent.code, 0);
  const message_id = sent.data.message_id;
  assert.match(message_id, /^om_/);
  assert.equal(sent.data.chat_id, "oc_demo");

  const again = await send(c, "oc_demo", "interactive", card("firing"), { uuid: "sdk-1" });
  assert.equal(again.data.message_id, message_id, "the same uuid is the same message");

  const reply = await c.im.v1.message.reply({
    path: { message_id }, data: { msg_type: "text", content: JSON.stringify({ text: "still firing" }), reply_in_thread: true },
  });
  assert.equal(reply.data.root_id, message_id);
  assert.match(reply.data.thread_id, /^omt_/);

  const patched = await c.im.v1.message.patch({ path: { message_id }, data: { content: card("resolved") } });
  assert.equal(patched.code, 0);

  const urgent = { path: { message_id }, params: { user_id_type: "open_id" }, data: { user_id_list: ["ou_demo_lilei", "ou_demo_john"] } };
  for (const way of ["urgentApp", "urgentSms", "urgentPhone"]) {
    const done = await c.im.v1.message[way](urgent);
    assert.equal(done.code, 0, way);
    assert.deepEqual(done.data.invalid_user_id_list, ["ou_demo_john"], way);
  }

  await sandbox("POST", `messages/${message_id}/read`, { user_id: "li_lei" });
  const reads = await c.im.v1.message.readUsers({ path: { message_id }, params: { user_id_type: "open_id", page_size: 20 } });
  assert.deepEqual(reads.data.items.map((i) => i.user_id), ["ou_demo_lilei"]);

  const seen = await sandbox("GET", `messages/${message_id}`);
  assert.equal(seen.edit_count, 1);
  assert.equal(seen.repeats, 1);
  assert.deepEqual(seen.urgents.map((u) => u.mode), ["app", "sms", "phone"]);
  assert.deepEqual(seen.mentions.map((m) => [m.name, m.notified]), [["李雷", true]]);

  assert.equal((await c.im.v1.message.delete({ path: { message_id } })).code, 0);
  assert.ok((await sandbox("GET", `messages/${message_id}`)).recalled);
});

test("people are found by e-mail and mobile, misses are items without an id", async () => {
  const found = await client().contact.v3.user.batchGetId({
    params: { user_id_type: "open_id" },
    data: { emails: ["lilei@example.com", "nobody@example.com"], mobiles: ["13800000002"] },
  });
  assert.deepEqual(found.data.user_list.map((u) => u.user_id), ["ou_demo_lilei", undefined, "ou_demo_hanmeimei"]);
});

test("text, post and every kind of receiver", async () => {
  const c = client();
  const post = JSON.stringify({ zh_cn: { title: "t", content: [[{ tag: "text", text: "x" }, { tag: "at", user_id: "ou_demo_lilei" }]] } });
  assert.equal((await send(c, "oc_demo", "post", post)).code, 0);
  const text = JSON.stringify({ text: "x" });
  const chats = new Set();
  for (const [type, id] of [["open_id", "ou_demo_lilei"], ["union_id", "on_demo_lilei"], ["user_id", "li_lei"], ["email", "lilei@example.com"]]) {
    chats.add((await send(c, id, "text", text, { type })).data.chat_id);
  }
  assert.equal(chats.size, 1);
});

test("bot info", async () => {
  const info = await client().request({ method: "GET", url: "/open-apis/bot/v3/info" });
  assert.match(info.bot.open_id, /^ou_/);
});

test("refusals come with HTTP 400, the code and a log id", async () => {
  const c = client();
  const text = JSON.stringify({ text: "x" });
  const cases = [
    [() => send(c, "oc_stranger", "text", text), 230002],
    [() => send(c, "ou_nobody", "text", text, { type: "open_id" }), 230001],
    [() => send(c, "li", "text", text, { type: "mobile" }), 99992402],
    [() => send(c, "oc_demo", "text", "not json"), 230001],
    [() => send(c, "oc_demo", "interactive", JSON.stringify({ schema: "2.0", body: { elements: [{ tag: "note", elements: [] }] } })), 230099],
    [() => c.im.v1.message.patch({ path: { message_id: "om_none" }, data: { content: card("x") } }), 230001],
    [() => c.im.v1.message.urgentApp({ path: { message_id: "om_none" }, params: { user_id_type: "open_id" }, data: { user_id_list: ["ou_demo_lilei"] } }), 230001],
  ];
  for (const [act, code] of cases) {
    const got = await refused(act());
    assert.equal(got.code, code, got.msg);
    assert.equal(got.status, 400);
    assert.ok(got.error.log_id);
  }
});

test("a wrong secret gets no token, and no message is sent", async () => {
  // The SDK keeps tokens by app id for the whole process, so this app must be one that never logged in.
  await sandbox("POST", "world", { apps: [{ app_id: "cli_fresh", app_secret: "right", name: "fresh" }] });
  const text = JSON.stringify({ text: "x" });
  await assert.rejects(send(client("cli_fresh", "wrong"), "oc_demo", "text", text), /10014/);
  assert.equal((await sandbox("GET", "counters")).messages, 0);
});

test("the gateway's limit says when to come again", async () => {
  await sandbox("PUT", "faults", { faults: [{ kind: "limited", provider: "feishu", endpoint: "send", delay_ms: 7000, times: 1 }] });
  try {
    await send(client(), "oc_demo", "text", JSON.stringify({ text: "x" }));
    assert.fail("it was sent");
  } catch (error) {
    assert.equal(error.response.status, 429);
    assert.equal(error.response.data.code, 99991400);
    assert.equal(error.response.headers["x-ogw-ratelimit-reset"], "7");
  }
});

test("six at once to one chat: one is too many", async () => {
  const c = client();
  const text = JSON.stringify({ text: "x" });
  const all = await Promise.all(Array.from({ length: 6 }, () => refused(send(c, "oc_demo", "text", text))));
  assert.deepEqual(all.map((a) => a.code).sort(), [0, 0, 0, 0, 0, 230020]);
});
