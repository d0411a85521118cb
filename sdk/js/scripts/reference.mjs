// Writes docs/api.md from the doc comments of the built package; with `--check`, says whether it is what it would write.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const page = join(root, "docs", "api.md");
const ENTRIES = [
  ["index.d.ts", "watchllm"],
  ["testing.d.ts", "watchllm/testing"],
];
const KINDS = [
  ["Functions", (one) => one.kind === "function"],
  ["What spans can do", (one) => one.kind === "class"],
  ["What they are given", (one) => one.kind === "type"],
];

const program = ts.createProgram(
  ENTRIES.map(([file]) => join(root, "dist", "esm", file)),
  { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, lib: ["lib.es2022.d.ts"] },
);
const checker = program.getTypeChecker();

/** Return the doc comment of a node or a symbol in one paragraph for each of its own. */
function doc(symbol) {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  // A block that is indented is code.
  return text.replace(
    /\n\n((?: {4}.*\n?)+)/g,
    (_, code) => `\n\n\`\`\`js\n${code.replace(/^ {4}/gm, "").trimEnd()}\n\`\`\`\n`,
  );
}

function inOneLine(text) {
  return text.replace(/\s+/g, " ").replaceAll("|", "\\|").trim();
}

function code(declarations) {
  const lines = declarations.map((one) =>
    one
      .getText()
      .replace(/^export (?:declare )?/, "")
      .replace(/^declare /, ""),
  );
  return `\`\`\`ts\n${lines.join("\n")}\n\`\`\``;
}

function isPublic(member) {
  const flags = ts.getCombinedModifierFlags(member);
  return (
    !(flags & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) && !ts.isPrivateIdentifier(member.name ?? {})
  );
}

/** Return the members of an interface or a class, those that it inherits among them, as a table. */
function table(symbol) {
  const rows = checker
    .getDeclaredTypeOfSymbol(symbol)
    .getProperties()
    .flatMap((member) => {
      const declaration = member.declarations?.[0];
      if (!declaration?.name || !isPublic(declaration)) return [];
      const written = declaration
        .getText()
        .replace(/^readonly /, "")
        .replace(/;$/, "")
        .replace(/ \| undefined$/, "");
      return [`| \`${inOneLine(written)}\` | ${inOneLine(doc(member))} |`];
    });
  return rows.length ? ["| | |", "| --- | --- |", ...rows].join("\n") : "";
}

/** Return what the page says about one export. */
function described(exported) {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  const declarations = symbol.declarations ?? [];
  const [first] = declarations;
  const isFunction = ts.isFunctionDeclaration(first) || ts.isVariableDeclaration(first);
  const isClass = ts.isClassDeclaration(first);
  const shown = ts.isVariableDeclaration(first) ? [first.parent.parent] : declarations;
  const hasTable = isClass || ts.isInterfaceDeclaration(first);
  const parts = [`### ${exported.name}`, hasTable ? "" : code(shown), doc(symbol), hasTable ? table(symbol) : ""];
  const kind = isFunction ? "function" : isClass ? "class" : "type";
  return { kind, name: exported.name, text: parts.filter(Boolean).join("\n\n") };
}

function chapter([file, name]) {
  const source = program.getSourceFile(join(root, "dist", "esm", file));
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(source)).map(described);
  const parts = KINDS.flatMap(([title, belongs]) => {
    const found = exported.filter(belongs).sort((one, other) => (one.name < other.name ? -1 : 1));
    return found.length ? [`## ${title}: \`${name}\``, ...found.map((one) => one.text)] : [];
  });
  return parts.join("\n\n");
}

const text = `# API of watchllm for JavaScript and TypeScript

Written by \`npm run reference\` from the doc comments. The [README](../README.md) is where to begin.

${ENTRIES.map(chapter).join("\n\n")}
`;
if (!process.argv.includes("--check")) {
  mkdirSync(dirname(page), { recursive: true });
  writeFileSync(page, text);
} else if (!existsSync(page) || readFileSync(page, "utf8") !== text) {
  console.error("docs/api.md is stale: npm run reference");
  process.exit(1);
}
