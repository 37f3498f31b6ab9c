// Drives a running sandbox with Slack's official SDKs, so that the sandbox is not a mirror of our own client.
// The sandbox's address comes in SANDBOX_URL.
"use strict";
const test = require("node:test");
const assert = require("node:assert/strict");
const { WebClient, ErrorCode } = require("@slack/web-api");
const { IncomingWebhook } = require("@slack/webhook");

const base = process.env.SANDBOX_URL;

const silent = { error() {}, warn() {}, info() {}, debug() {}, setLevel() {}, getLevel() {}, setName() {} };

const client = (token = "xoxb-demo-slack-token") =>
  new WebClient(token, { slackApiUrl: base + "/api/", logger: silent, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true });

async function sandbox(method, path, body) {
  const answer = await fetch(base + "/sandbox/api/" + path, {
    method, headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body),
  });
  assert.ok(answer.ok, path + " " + answer.status);
  return answer.json();
}

const blocks = (title) => [
  { type: "header", text: { type: "plain_text", text: title, emoji: false } },
  { type: "section", text: { type: "mrkdwn", text: "<@ULILEI> *x*" }, fields: [{ type: "mrkdwn", text: "*a*\nb" }] },
  { type: "divider" },
  { type: "actions", elements: [{ type: "button", action_id: "open", text: { type: "plain_text", text: "Open" }, url: "https://example.com/" }] },
  { type: "context", elements: [{ type: "mrkdwn", text: "small" }] },
];

// What the SDK throws when Slack says no.
async function refused(promise) {
  try {
    await promise;
  } catch (error) {
    assert.equal(error.code, ErrorCode.PlatformError, String(error));
    return error.data;
  }
  assert.fail("it was taken");
}

test.beforeEach(() => sandbox("POST", "reset"));

test("auth.test tells who and which scopes", async () => {
  const who = await client().auth.test();
  assert.equal(who.bot_id, "B0DEMO");
  assert.ok(who.response_metadata.scopes.includes("chat:write.public"));
});

test("post, thread, update, delete", async () => {
  const c = client();
  const sent = await c.chat.postMessage({ channel: "C0DEMO", text: "firing", blocks: blocks("firing"), attachments: [{ color: "#d92d20", blocks: blocks("aside") }] });
  assert.equal(sent.channel, "C0DEMO");
  assert.match(sent.ts, /^\d+\.\d{6}$/);

  const reply = await c.chat.postMessage({ channel: "C0DEMO", text: "still firing", thread_ts: sent.ts });
  assert.equal(reply.message.thread_ts, sent.ts);

  assert.equal((await c.chat.update({ channel: "C0DEMO", ts: sent.ts, text: "resolved", blocks: blocks("resolved") })).ts, sent.ts);

  const seen = await sandbox("GET", "messages/" + sent.ts);
  assert.equal(seen.edit_count, 1);
  assert.equal(seen.content.blocks[0].text.text, "resolved");
  assert.deepEqual(seen.mentions.map((m) => [m.name, m.notified]), [["李雷", true], ["李雷", false]]);
  assert.equal((await sandbox("GET", "messages/" + reply.ts)).reply_to, sent.ts);

  await c.chat.delete({ channel: "C0DEMO", ts: sent.ts });
  assert.ok((await sandbox("GET", "messages/" + sent.ts)).recalled);
});

test("a person by e-mail, and the conversation with them", async () => {
  const c = client();
  const found = await c.users.lookupByEmail({ email: "lilei@example.com" });
  const opened = await c.conversations.open({ users: found.user.id });
  const direct = await c.chat.postMessage({ channel: opened.channel.id, text: "x" });
  assert.equal(direct.channel, opened.channel.id);
  assert.equal((await c.chat.postMessage({ channel: found.user.id, text: "x" })).channel, opened.channel.id);
});

test("refusals are ok:false at HTTP 200", async () => {
  const c = client();
  const cases = [
    [() => c.chat.postMessage({ channel: "C0NONE", text: "x" }), "channel_not_found"],
    [() => c.chat.postMessage({ channel: "C0DEMO", text: "" }), "no_text"],
    [() => c.chat.postMessage({ channel: "C0DEMO", text: "x", thread_ts: "1.000000" }), "thread_not_found"],
    [() => c.chat.postMessage({ channel: "C0DEMO", text: "x", blocks: [{ type: "poem" }] }), "invalid_blocks"],
    [() => c.chat.update({ channel: "C0DEMO", ts: "1.000000", text: "x" }), "message_not_found"],
    [() => c.users.lookupByEmail({ email: "nobody@example.com" }), "users_not_found"],
    [() => c.conversations.open({ users: "UNOBODY" }), "user_not_found"],
    [() => client("xoxb-wrong").auth.test(), "invalid_auth"],
    [() => c.apiCall("chat.shout", {}), "unknown_method"],
  ];
  for (const [act, word] of cases) {
    assert.equal((await refused(act())).error, word);
  }
  const blamed = await refused(c.chat.postMessage({ channel: "C0DEMO", text: "x", blocks: blocks("x".repeat(151)) }));
  assert.match(blamed.response_metadata.messages[0], /json-pointer:\/blocks\/0\/text/);
});

test("a missing scope is named", async () => {
  await sandbox("POST", "world", { plays: { slack: { apps: [{ bot_token: "xoxb-poor", bot_id: "B0POOR", name: "poor", scopes: ["chat:write"] }] } } });
  const got = await refused(client("xoxb-poor").users.lookupByEmail({ email: "lilei@example.com" }));
  assert.equal(got.error, "missing_scope");
  assert.equal(got.needed, "users:read.email");
  assert.deepEqual(got.response_metadata.scopes, ["chat:write"]);
});

test("too fast is 429 with Retry-After", async () => {
  const c = client();
  const all = await Promise.allSettled(Array.from({ length: 8 }, () => c.chat.postMessage({ channel: "C0DEMO", text: "x" })));
  const late = all.filter((r) => r.status === "rejected").map((r) => r.reason);
  assert.equal(late.length, 3);
  for (const error of late) {
    assert.equal(error.code, ErrorCode.RateLimitedError);
    assert.ok(error.retryAfter >= 1 && error.retryAfter <= 5, String(error.retryAfter));
  }
});

test("incoming webhook", async () => {
  const hook = (path) => new IncomingWebhook(base + "/services/" + path);
  const mine = hook("T0DEMO/B0HOOK/demo-slack-webhook");
  assert.equal((await mine.send({ text: "x", blocks: blocks("hook") })).text, "ok");
  const { messages } = await sandbox("GET", "messages");
  assert.deepEqual(messages.map((m) => m.conversation.name), ["#webhook-alerts"]);
  await assert.rejects(hook("T0DEMO/B0HOOK/wrong").send("x"), (error) => error.statusCode === 404 && error.body === "no_service");
  await assert.rejects(mine.send({ text: "" }), (error) => error.statusCode === 400 && error.body === "no_text");
});
