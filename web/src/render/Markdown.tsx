/** Reads a text as markdown: no raw HTML, no address that leads anywhere without a click that shows it first. */

import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { Elsewhere } from "./Elsewhere";
import { withHiddenWritten } from "./visible";

const PLUGINS = [remarkGfm];

// Everything that may come out; HTML in the text stays text, since no plugin reads it.
const ALLOWED = [
  "p",
  "br",
  "strong",
  "em",
  "del",
  "code",
  "pre",
  "blockquote",
  "ul",
  "ol",
  "li",
  "hr",
  "a",
  "img",
  "h1",
  "h2",
  "h3",
  "h4",
  "h5",
  "h6",
  "table",
  "thead",
  "tbody",
  "tr",
  "th",
  "td",
];

const HEADING = "mt-2 font-semibold";

const COMPONENTS: Components = {
  a: ({ href, children }) => (
    <Elsewhere address={href ?? ""} kind="link">
      {children}
    </Elsewhere>
  ),
  img: ({ src, alt }) => (
    <Elsewhere address={typeof src === "string" ? src : ""} kind="image">
      {alt || "image"}
    </Elsewhere>
  ),
  // Headings of a text are no headings of the page.
  h1: ({ children }) => <p className={`${HEADING} text-[15px]`}>{children}</p>,
  h2: ({ children }) => <p className={`${HEADING} text-[14px]`}>{children}</p>,
  h3: ({ children }) => <p className={HEADING}>{children}</p>,
  h4: ({ children }) => <p className={HEADING}>{children}</p>,
  h5: ({ children }) => <p className={HEADING}>{children}</p>,
  h6: ({ children }) => <p className={HEADING}>{children}</p>,
  ul: ({ children }) => <ul className="list-disc pl-5">{children}</ul>,
  ol: ({ children, start }) => (
    <ol className="list-decimal pl-5" start={start}>
      {children}
    </ol>
  ),
  pre: ({ children }) => (
    <pre className="overflow-x-auto whitespace-pre rounded-box bg-sunken p-2 font-mono text-[11.5px]">
      {children}
    </pre>
  ),
  code: ({ children }) => (
    <code className="rounded-[3px] bg-sunken px-0.5 font-mono text-[11.5px]">{children}</code>
  ),
  blockquote: ({ children }) => (
    <blockquote className="border-line border-l-2 pl-2 text-dim">{children}</blockquote>
  ),
  table: ({ children }) => (
    <div className="overflow-x-auto">
      <table className="border-collapse">{children}</table>
    </div>
  ),
  th: ({ children }) => <th className="border border-line px-2 py-0.5 text-left">{children}</th>,
  td: ({ children }) => <td className="border border-line px-2 py-0.5">{children}</td>,
  hr: () => <hr className="border-line" />,
};

export default function Markdown({ text }: { text: string }) {
  return (
    <div className="grid gap-2">
      <ReactMarkdown
        remarkPlugins={PLUGINS}
        allowedElements={ALLOWED}
        components={COMPONENTS}
        // Addresses are kept as written: `Elsewhere` alone decides which of them may be followed.
        urlTransform={(address) => address}
      >
        {withHiddenWritten(text)}
      </ReactMarkdown>
    </div>
  );
}
