// The API reference: lists every route of /openapi.json. No framework, no network but ours.
const list = document.getElementById("routes");

function line(tag, text, parent) {
  const element = document.createElement(tag);
  element.textContent = text;
  parent.append(element);
  return element;
}

function typeOf(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.map(typeOf).join(" | ");
  if (schema.type === "array") return `list of ${typeOf(schema.items)}`;
  return schema.enum ? schema.enum.join(" | ") : (schema.type ?? "");
}

function show(path, method, operation) {
  const block = line("details", "", list);
  const head = line("summary", "", block);
  line("b", method.toUpperCase(), head);
  line("code", path, head);
  line("span", operation.summary ?? "", head);
  if (operation.description) line("p", operation.description, block);
  for (const parameter of operation.parameters ?? []) {
    const row = line("div", "", block);
    line("code", parameter.name, row);
    line("span", `${parameter.in}, ${typeOf(parameter.schema)}${parameter.required ? ", required" : ""}`, row);
    line("span", parameter.description ?? "", row);
  }
  for (const [status, answer] of Object.entries(operation.responses ?? {})) {
    const schema = answer.content?.["application/json"]?.schema;
    line("div", `${status}  ${answer.description ?? ""}  ${typeOf(schema)}`, block);
  }
}

const answer = await fetch("/openapi.json");
const description = await answer.json();
for (const [path, methods] of Object.entries(description.paths)) {
  for (const [method, operation] of Object.entries(methods)) show(path, method, operation);
}
