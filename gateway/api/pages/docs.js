// Reads the description and makes a form of each operation. Everything is put in as text, never as markup.
"use strict";

const element = (name, members = {}, ...children) => {
  const made = Object.assign(document.createElement(name), members);
  made.append(...children);
  return made;
};

const resolve = (description, shape) =>
  shape && shape.$ref
    ? resolve(description, shape.$ref.slice(2).split("/").reduce((place, step) => place[step], description))
    : shape;

// A value that a schema allows, to begin with.
const sample = (description, given, depth = 0) => {
  const shape = resolve(description, given) || {};
  if (depth > 6) return null;
  if ("const" in shape) return shape.const;
  if ("default" in shape) return shape.default;
  if (shape.examples) return shape.examples[0];
  if (shape.enum) return shape.enum[0];
  if (shape.anyOf) return sample(description, shape.anyOf[0], depth + 1);
  switch (shape.type) {
    case "object": {
      const names = shape.required || [];
      return Object.fromEntries(names.map((name) => [name, sample(description, (shape.properties || {})[name], depth + 1)]));
    }
    case "array": return shape.minItems ? [sample(description, shape.items, depth + 1)] : [];
    case "integer": case "number": return shape.minimum || 1;
    case "boolean": return false;
    default: return "";
  }
};

const field = (parameter) => {
  const input = element("input", { name: parameter.name, required: Boolean(parameter.required) });
  input.dataset.place = parameter.in;
  const meaning = element("small", { textContent: ` ${parameter.description || ""}` });
  return element("label", {}, `${parameter.name}${parameter.required ? " *" : ""}`, meaning, input);
};

const send = async (form, method, path, kind, output) => {
  const headers = {};
  const query = new URLSearchParams();
  let url = path;
  for (const input of form.querySelectorAll("input")) {
    if (!input.value) continue;
    if (input.dataset.place === "path") url = url.replace(`{${input.name}}`, encodeURIComponent(input.value));
    else if (input.dataset.place === "query") query.append(input.name, input.value);
    else headers[input.name] = input.value;
  }
  const secret = document.getElementById("secret").value;
  if (secret) headers.Authorization = `Bearer ${secret}`;
  const body = form.querySelector("textarea");
  if (body && body.value) headers["Content-Type"] = kind;
  const began = performance.now();
  try {
    const answer = await fetch(query.size ? `${url}?${query}` : url, {
      method: method.toUpperCase(), headers, body: body && body.value ? body.value : undefined,
    });
    const text = await answer.text();
    let shown = text;
    try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* shown as it is */ }
    const named = ["etag", "link", "location", "retry-after", "x-request-id"]
      .filter((name) => answer.headers.has(name)).map((name) => `${name}: ${answer.headers.get(name)}`);
    const took = Math.round(performance.now() - began);
    output.textContent = [`${answer.status} ${answer.statusText} (${took} ms)`, ...named, "", shown].join("\n");
  } catch (error) {
    output.textContent = `No answer: ${error.message}`;
  }
};

const operation = (description, path, method, described) => {
  const output = element("pre", { textContent: "" });
  const form = element("form", {}, ...(described.parameters || []).map(field));
  const [kind, content] = Object.entries((described.requestBody || {}).content || {})[0] || [];
  if (kind) {
    const begin = kind.includes("json") ? JSON.stringify(sample(description, content.schema), null, 2) : "";
    form.append(element("label", {}, `Body (${kind})`, element("textarea", { value: begin, spellcheck: false })));
  }
  form.append(element("button", { textContent: "Send" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, method, path, kind, output);
  });
  const head = element("summary", {}, element("b", { textContent: method.toUpperCase() }), ` ${path} `, element("small", { textContent: described.summary || "" }));
  return element("details", {}, head, element("p", { textContent: described.description || "" }), form, output);
};

const show = (description) => {
  document.getElementById("about").textContent = description.info.description;
  const groups = new Map();
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const [method, described] of Object.entries(methods)) {
      const tag = (described.tags || ["other"])[0];
      if (!groups.has(tag)) groups.set(tag, element("section", {}, element("h2", { textContent: tag })));
      groups.get(tag).append(operation(description, path, method, described));
    }
  }
  document.getElementById("operations").replaceChildren(...groups.values());
};

fetch("/api/v1/openapi.json").then((answer) => answer.json()).then(show, (error) => {
  document.getElementById("operations").textContent = `The description cannot be read: ${error.message}`;
});
