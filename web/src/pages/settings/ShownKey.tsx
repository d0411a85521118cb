import type { MadeApiKey } from "../../api/projects";
import { Button } from "../../components/Button";
import { Copy } from "../../components/Copy";

interface ShownKeyProps {
  made: MadeApiKey;
  onDone: () => void;
}

/** A key that was made a moment ago, for the only time. */
export function ShownKey({ made, onDone }: ShownKeyProps) {
  return (
    <div role="status" className="mb-4 max-w-5xl rounded-box border border-accent bg-panel p-3">
      <p className="text-xs">
        The key <strong>{made.name}</strong>: copy it now, it is not shown again.
      </p>
      <div className="mt-2 flex items-center gap-2">
        <code className="min-w-0 truncate rounded-[4px] bg-sunken px-2 py-1 font-mono text-xs">
          {made.key}
        </code>
        <Copy text={made.key} label="Copy the key" />
        <span className="ml-auto">
          <Button onClick={onDone}>I have it</Button>
        </span>
      </div>
      <details className="mt-2 text-xs">
        <summary className="text-dim">For clients of Langfuse</summary>
        <pre className="mt-1 overflow-x-auto rounded-[4px] bg-sunken p-2 font-mono">
          {[
            `LANGFUSE_BASE_URL=${location.origin}`,
            `LANGFUSE_PUBLIC_KEY=${made.key_id}`,
            `LANGFUSE_SECRET_KEY=${made.key}`,
          ].join("\n")}
        </pre>
      </details>
    </div>
  );
}
