import { Copy } from "../../components/Copy";

const PYTHON = {
  sessionId: 'with watchllm.context(session_id="s_81"):\n    run_agent()',
  userId: 'with watchllm.context(user_id="u_17"):\n    run_agent()',
} as const;
const WORDS = {
  sessionId: "Traces become a session when their events carry the same sessionId.",
  userId: "An end user is here when events carry a userId: your customer's id, not an account of WatchLLM.",
} as const;

/** How events come to belong to a session or an end user. */
export function SendingIds({ sent }: { sent: "sessionId" | "userId" }) {
  const text = PYTHON[sent];
  return (
    <div className="grid gap-2 text-xs">
      <p>{WORDS[sent]} With the Python SDK:</p>
      <div className="relative rounded-box border border-line bg-panel">
        <div className="absolute top-1.5 right-1.5">
          <Copy text={text} label="Copy the snippet" />
        </div>
        <pre className="overflow-x-auto p-3 pr-10 font-mono text-[12px] text-text">{text}</pre>
      </div>
    </div>
  );
}
