// Signs requests with the official library of Standard Webhooks, so that the sandbox's check is not a mirror of our own
// signature. The sandbox's address comes in SANDBOX_URL.
"use strict";
const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { Webhook } = require("standardwebhooks");

const base = process.env.SANDBOX_URL;
const secret = "whsec_eXVubHVvLXNhbmRib3gtc2lnbmluZy1rZXktMDE=";
const provider = path.join(__dirname, "..", "..", "provider", "webhook", "testdata");

const post = (body, id, at, signature) => fetch(base + "/webhook/demo", {
  method: "POST", body,
  headers: {
    "Content-Type": "application/json", "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)), "webhook-signature": signature,
  },
});

const golden = (name) => JSON.stringify(JSON.parse(fs.readFileSync(path.join(provider, name), "utf8")).Parts[0].json);

test("what the library signs is taken, every golden body of ours", async () => {
  const hook = new Webhook(secret);
  const names = fs.readdirSync(provider).filter((f) => f.endsWith("_fixed.json") || f.startsWith("real_"));
  assert.ok(names.length >= 8);
  for (const name of names) {
    const body = golden(name);
    const at = new Date();
    const answer = await post(body, "msg_" + name, at, hook.sign("msg_" + name, at, body));
    assert.equal(answer.status, 200, name + ": " + await answer.text());
  }
});

test("what it did not sign is refused", async () => {
  const hook = new Webhook(secret);
  const body = golden("firing_fixed.json");
  const at = new Date();
  const signature = hook.sign("msg_1", at, body);
  assert.equal((await post(body + " ", "msg_1", at, signature)).status, 403, "another body");
  assert.equal((await post(body, "msg_2", at, signature)).status, 403, "another id");
  const old = new Date(at.getTime() - 301_000);
  assert.equal((await post(body, "msg_1", old, hook.sign("msg_1", old, body))).status, 403, "an old one");
  const other = new Webhook("whsec_" + Buffer.alloc(32, 1).toString("base64"));
  assert.equal((await post(body, "msg_1", at, other.sign("msg_1", at, body))).status, 403, "another secret");
});

test("the known signatures of our own tests are the library's", () => {
  const vectors = JSON.parse(fs.readFileSync(path.join(provider, "signatures.json"), "utf8"));
  assert.ok(vectors.length > 0);
  for (const v of vectors) {
    assert.equal(new Webhook(v.secret).sign(v.id, new Date(v.timestamp * 1000), v.body), v.signature);
  }
});
