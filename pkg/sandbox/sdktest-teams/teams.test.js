// Feeds our golden cards to the official renderer of Adaptive Cards, and posts them, and cards that its own object model
// makes, to a running sandbox. The sandbox's address comes in SANDBOX_URL.
"use strict";
const test = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { JSDOM } = require("jsdom");
const MarkdownIt = require("markdown-it");

const dom = new JSDOM("<!doctype html><body></body>");
globalThis.window = dom.window;
for (const name of ["document", "HTMLElement", "HTMLButtonElement", "Node"]) globalThis[name] = dom.window[name];
const AC = require("adaptivecards/dist/adaptivecards.js"); // its modules name each other in a way that Node does not resolve

const base = process.env.SANDBOX_URL;
const flow = "/powerautomate/automations/direct/workflows/0123456789abcdef0123456789abcdef/triggers/manual/paths/invoke?api-version=1&sig=demo-teams-signature";
const golden = path.join(__dirname, "..", "..", "provider", "teams", "testdata");

const markdown = new MarkdownIt();
AC.AdaptiveCard.onProcessMarkdown = (text, result) => {
  result.outputHtml = markdown.render(text);
  result.didProcess = true;
};

// What Teams' own configuration of hosts would leave out, such as six actions, is a fault too.
const host = new AC.HostConfig({ actions: { maxActions: 6 }, supportsInteractivity: true });

function parse(content) {
  const card = new AC.AdaptiveCard();
  card.hostConfig = host;
  const context = new AC.SerializationContext(AC.Versions.v1_4);
  card.parse(content, context);
  const events = [];
  for (let i = 0; i < context.eventCount; i++) events.push(context.getEventAt(i).message);
  const result = card.validateProperties();
  for (const event of result.validationEvents) events.push(event.message);
  return { card, events };
}

function render(content) {
  const { card, events } = parse(content);
  assert.deepEqual(events, [], JSON.stringify(content).slice(0, 200));
  const html = card.render();
  assert.ok(html, "it draws nothing");
  return html;
}

const posts = () => fs.readdirSync(golden).filter((f) => f.endsWith(".json"))
  .flatMap((f) => JSON.parse(fs.readFileSync(path.join(golden, f), "utf8")).Parts.map((post) => ({ name: f, post })));

async function sandbox(method, where, body) {
  const answer = await fetch(base + "/sandbox/api/" + where, {
    method, headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body),
  });
  assert.ok(answer.ok, where + " " + answer.status);
  return answer.json();
}

const send = (post) => fetch(base + flow, {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(post),
});

const wrap = (content) => ({
  type: "message",
  attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content }],
});

test("every golden card is valid and drawn", () => {
  const all = posts();
  assert.ok(all.length >= 10, "where are the cards?");
  for (const { name, post } of all) {
    const content = post.attachments[0].content;
    const html = render(content);
    const kinds = content.body.map((e) => e.type);
    assert.ok(html.querySelectorAll(".ac-textBlock").length > 0, name);
    assert.equal(html.querySelectorAll(".ac-pushButton").length, (content.actions ?? []).length, name + ": a button for each action");
    if (kinds.includes("FactSet")) assert.ok(html.querySelector("table"), name);
  }
});

test("foreign text is text: the only links and emphasis are ours", () => {
  const { post } = posts().find((p) => p.name === "hostile.json");
  const html = render(post.attachments[0].content);
  const links = [...html.querySelectorAll("a")].map((a) => a.getAttribute("href"));
  for (const href of links) assert.match(href, /^https:\/\/example\.com\//, "a label makes a link");
  assert.equal(html.querySelectorAll("em, code, pre, h1, h2, h3, blockquote, ul, ol, hr, img, strong").length, 0, html.innerHTML);
  assert.ok(!/\d\/\d+\/20\d\d/.test(html.textContent), "a label is drawn as a date");
});

test("the sandbox takes every golden card", async () => {
  await sandbox("POST", "reset");
  await sandbox("PUT", "settings", { no_limits: true });
  for (const { name, post } of posts()) {
    const answer = await send(post);
    assert.equal(answer.status, 202, name + ": " + await answer.text());
  }
});

test("the sandbox takes what the object model makes, and draws the line where a flow does", async () => {
  const card = new AC.AdaptiveCard();
  card.version = AC.Versions.v1_4;
  const block = new AC.TextBlock();
  block.text = "磁盘满";
  block.wrap = true;
  block.weight = AC.TextWeight.Bolder;
  const facts = new AC.FactSet();
  facts.facts.push(new AC.Fact("host", "db-1"));
  const box = new AC.Container();
  box.style = "attention";
  box.addItem(block);
  card.addItem(box);
  card.addItem(facts);
  const open = new AC.OpenUrlAction();
  open.title = "Open";
  open.url = "https://example.com/";
  card.addAction(open);
  let answer = await send(wrap(card.toJSON()));
  assert.equal(answer.status, 202, await answer.text());

  card.addAction(new AC.SubmitAction());
  answer = await send(wrap(card.toJSON()));
  assert.equal(answer.status, 400);
  assert.match(await answer.text(), /Action\.OpenUrl only/);
});
