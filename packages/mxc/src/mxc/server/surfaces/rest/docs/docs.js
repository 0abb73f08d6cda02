// Draws /api/openapi.json. Everything is set as text, never as markup.
"use strict";

function element(name, text, className) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function table(titles, rows) {
  const made = element("table");
  const head = made.createTHead().insertRow();
  titles.forEach((title) => head.append(element("th", title)));
  const body = made.createTBody();
  rows.forEach((cells) => {
    const row = body.insertRow();
    cells.forEach((cell, index) => row.insertCell().append(element(index === 0 ? "code" : "span", cell)));
  });
  return made;
}

function typeOf(schema, all) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.anyOf) return schema.anyOf.map((each) => typeOf(each, all)).join(" | ");
  if (schema.type === "array") return `[${typeOf(schema.items, all)}]`;
  const bounds = [["exclusiveMinimum", ">"], ["minimum", "≥"], ["maximum", "≤"], ["maxLength", "length ≤"]]
    .filter(([name]) => schema[name] !== undefined).map(([name, sign]) => `${sign} ${schema[name]}`);
  return [[schema.type].flat().join(" | "), schema.format, ...bounds, schema["x-unit"]].filter(Boolean).join(", ");
}

function fields(schema) {
  const required = new Set(schema.required || []);
  return Object.entries(schema.properties || {}).map(([name, each]) => [
    name, typeOf(each), [required.has(name) ? "required" : "", each.description || ""].filter(Boolean).join(" · "),
  ]);
}

function section(parent, title, titles, rows) {
  if (!rows.length) return;
  parent.append(element("h3", title), table(titles, rows));
}

function operation(path, method, said) {
  const made = element("details");
  const summary = element("summary");
  summary.append(element("span", method.toUpperCase(), "method"), element("span", path, "path"),
    element("span", said.summary, "help"));
  const body = element("div", "", "body");
  if (said.description) body.append(element("p", said.description));
  section(body, "Parameters", ["name", "type", "what"], (said.parameters || []).map((each) => [
    each.name, typeOf(each.schema), `${each.in}${each.required ? ", required" : ""} · ${each.description || ""}`]));
  const content = said.requestBody && said.requestBody.content["application/json"];
  if (content) section(body, "Body", ["field", "type", "what"], fields(content.schema));
  const answers = Object.entries(said.responses);
  answers.filter(([status]) => status < "300").forEach(([, answer]) => {
    const schema = ((answer.content || {})["application/json"] || {}).schema || {};
    const data = (schema.properties || {}).data || schema;
    section(body, "Data", ["field", "type", "what"], fields(data.items || data));
  });
  section(body, "Answers", ["status", "meaning"], answers.map(([status, answer]) => [status, answer.description]));
  made.append(summary, body);
  made.dataset.words = `${method} ${path} ${said.summary || ""}`.toLowerCase();
  return made;
}

function draw(description) {
  document.getElementById("about").textContent = description.info.description;
  const groups = new Map();
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const [method, said] of Object.entries(methods)) {
      const tag = (said.tags || ["more"])[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operation(path, method, said));
    }
  }
  const place = document.getElementById("operations");
  for (const [tag, operations] of [...groups].sort()) {
    const group = element("section");
    group.append(element("h2", tag), ...operations);
    place.append(group);
  }
}

function filter(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  document.querySelectorAll("details").forEach((each) => {
    each.hidden = !words.every((word) => each.dataset.words.includes(word));
  });
  document.querySelectorAll("section").forEach((each) => {
    each.hidden = !each.querySelector("details:not([hidden])");
  });
}

document.getElementById("filter").addEventListener("input", (event) => filter(event.target.value));
fetch("/api/openapi.json")
  .then((answer) => answer.json())
  .then(draw)
  .catch((error) => { document.getElementById("about").textContent = `The description did not load: ${error}`; });
