// Drives the mail service of a running sandbox with nodemailer, and reads our golden mails with mailparser. The
// sandbox's addresses come in SANDBOX_URL and SANDBOX_SMTP.
"use strict";
const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const nodemailer = require("nodemailer");
const { simpleParser } = require("mailparser");

const base = new URL(process.env.SANDBOX_URL);
const [host, port] = process.env.SANDBOX_SMTP.split(":");

const auth = { user: "alerts@example.com", pass: "mail-demo-code" };
const transport = (more) => nodemailer.createTransport({ host, port: Number(port), secure: false, ignoreTLS: true, auth, ...more });
const mail = (more) => ({
  from: '"云锣" <alerts@example.com>', to: "lilei@example.com", subject: "🔴 磁盘满了 — 很长很长的标题，要折成好几行才放得下，看看对方是不是还认得出来",
  text: "第一行\r\n.\r\n结尾", html: "<h1>磁盘满了</h1><p>97%</p>", ...more,
});
const api = async (where, method = "GET", body) => {
  const answer = await fetch(new URL("/sandbox/api/" + where, base), { method, body: body && JSON.stringify(body) });
  return answer.json();
};
const inbox = async () => (await api("messages?provider=email")).messages;

// refused gives the reply to a mail that is not taken.
async function refused(more, settings) {
  try {
    await transport(settings).sendMail(mail(more));
  } catch (error) {
    return error.responseCode;
  }
  return "accepted";
}

test("a mail arrives as it was written, in each mailbox", async () => {
  const sent = await transport().sendMail(mail({ to: "lilei@example.com, hanmeimei@example.com, someone@elsewhere.example", messageId: "<one@example.com>", priority: "high" }));
  assert.equal(sent.accepted.length, 3);
  const got = (await inbox()).filter((m) => m.key === "one@example.com");
  assert.deepEqual(got.map((m) => m.conversation.id).sort(), ["email:hanmeimei@example.com", "email:lilei@example.com", "email:someone@elsewhere.example"]);
  assert.equal(got[0].content.subject, mail().subject);
  assert.equal(got[0].content.html, mail().html);
  assert.equal(got[0].content.urgent, true);
  assert.equal(got[0].content.from, "云锣 <alerts@example.com>");
  assert.equal(got[0].to, "lilei@example.com, hanmeimei@example.com, someone@elsewhere.example");
  assert.equal(got[0].plain.replaceAll("\r\n", "\n").trim(), "第一行\n.\n结尾", "dots are stuffed and unstuffed");
});

test("an answer is below what it answers", async () => {
  await transport({ authMethod: "LOGIN" }).sendMail(mail({ messageId: "<first@example.com>" }));
  await transport().sendMail(mail({ messageId: "<second@example.com>", inReplyTo: "<first@example.com>", references: "<first@example.com>" }));
  const list = await inbox();
  const by = (key) => list.find((m) => m.key === key);
  assert.equal(by("second@example.com").reply_to, by("first@example.com").id);
});

test("what is wrong is refused", async () => {
  assert.equal(await refused({}, { auth: { ...auth, pass: "wrong" } }), 535);
  assert.equal(await refused({}, { auth: undefined }), 530);
  assert.equal(await refused({ from: "boss@example.com" }), 553);
  assert.equal(await refused({ envelope: { from: "alerts@example.com", to: "lilei@example.com" }, from: "boss@example.com" }), 554);
  assert.equal(await refused({ to: "nobody@example.com" }), 550);
  assert.equal(await refused({ to: "zhaoliu@example.com" }), 550);
  const envelope = { from: "alerts@example.com", to: "lilei@example.com" };
  const head = "From: alerts@example.com\r\nTo: lilei@example.com\r\nDate: Wed, 25 Nov 2026 20:00:00 +0000\r\nMessage-ID: <raw@example.com>\r\nSubject: s\r\nMIME-Version: 1.0\r\n";
  const plain = "Content-Type: text/plain; charset=utf-8\r\n\r\n";
  const raw = (text) => refused({ envelope, raw: text });
  assert.equal(await raw(head + plain + "fine\r\n"), "accepted");
  assert.equal(await raw(head + plain + "x".repeat(999) + "\r\n"), 554);
  assert.equal(await raw(head.replace("Subject: s", "Subject: 告警") + plain + "a\r\n"), 554);
  assert.equal(await raw(head.replace("<raw@example.com>", "raw") + plain + "a\r\n"), 554);
  assert.equal(await raw(head.replace(/Date: .*\r\n/, "") + plain + "a\r\n"), 554);
  assert.equal(await raw(head + "From: alerts@example.com\r\n" + plain + "a\r\n"), 554);
  assert.equal(await raw(head + "Content-Type: multipart/alternative; boundary==x\r\n\r\n--=x\r\n\r\na\r\n--=x--\r\n"), 554);
  assert.equal(await raw(head + "Content-Type: text/plain; charset=gbk\r\n\r\na\r\n"), 554);
  assert.equal(await raw(head + "Content-Transfer-Encoding: base64\r\n" + plain + "?\r\n"), 554);
});

test("some of the recipients", async () => {
  const sent = await transport().sendMail(mail({ to: "lilei@example.com, nobody@example.com" }));
  assert.deepEqual(sent.accepted, ["lilei@example.com"]);
  assert.equal(sent.rejectedErrors[0].responseCode, 550);
});

test("our own mails, read by mailparser", async () => {
  const folder = path.join(__dirname, "../../provider/email/testdata");
  const files = fs.readdirSync(folder).filter((name) => name.endsWith(".eml"));
  assert.ok(files.length >= 5);
  for (const name of files) {
    const read = await simpleParser(fs.readFileSync(path.join(folder, name)));
    const part = JSON.parse(fs.readFileSync(path.join(folder, name.replace(".eml", "_html.json")))).Parts[0];
    assert.equal(read.subject, part.subject, name);
    assert.equal(read.text, part.text, name);
    assert.equal(read.html, part.html, name);
    assert.equal(read.from.value[0].name, "云锣 Yunluo");
    assert.equal(read.to.value[0].name, "李雷");
    assert.equal(read.messageId, "<019aa000-0000-7000-8000-000000000001@example.com>");
    assert.equal(read.attachments.length, 0);
  }
});

test("encryption, once it is switched on", async () => {
  await api("world", "POST", { users: [], apps: [], chats: [], robots: [], plays: { email: { tls: true } } });
  const { certificate } = (await api("world")).plays.email;
  assert.equal(await refused({}, { auth: undefined }), 530, "nothing in clear");
  const secured = { ignoreTLS: false, requireTLS: true };
  await assert.rejects(transport(secured).sendMail(mail()), "nobody trusts the certificate unasked");
  const sent = await transport({ ...secured, tls: { ca: certificate } }).sendMail(mail());
  assert.equal(sent.accepted.length, 1);
});
