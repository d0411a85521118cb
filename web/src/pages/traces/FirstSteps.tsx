import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Tabs } from "radix-ui";
import { firstStepsQuery } from "../../api/queries";
import { Copy } from "../../components/Copy";
import { snippets } from "./snippets";

/** What an empty project shows: how to send the first trace. The list takes its place when it comes. */
export function FirstSteps({ projectId }: { projectId: string }) {
  const steps = useQuery(firstStepsQuery(projectId));
  const apiKey = steps.data?.api_key ?? null;
  const shown = snippets(location.origin, apiKey);
  if (steps.isPending) return null;
  return (
    <div className="h-full overflow-auto p-8">
      <div className="mx-auto max-w-4xl">
        <h1 className="font-semibold text-lg tracking-tight">Send the first trace</h1>
        <p className="mt-1 text-dim">
          Nothing has arrived in this project yet. Paste one of these; this page turns into the list of traces
          by itself.
        </p>
        <Tabs.Root defaultValue="python" className="mt-5">
          <Tabs.List aria-label="Ways to send" className="flex gap-1">
            {shown.map(({ id, name }) => (
              <Tabs.Trigger
                key={id}
                value={id}
                className="rounded-box px-2.5 py-1 text-dim data-[state=active]:bg-sunken data-[state=active]:text-text"
              >
                {name}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
          {shown.map(({ id, text, note }) => (
            <Tabs.Content key={id} value={id} className="mt-2">
              <div className="relative rounded-box border border-line bg-panel">
                <div className="absolute top-2 right-2">
                  <Copy text={text} label="Copy the snippet" />
                </div>
                <pre
                  data-snippet={id}
                  className="overflow-x-auto p-4 pr-12 font-mono text-[12px] leading-relaxed"
                >
                  {text}
                </pre>
              </div>
              <p className="mt-2 text-dim text-xs">{note}</p>
            </Tabs.Content>
          ))}
        </Tabs.Root>
        <p className="mt-6 border-line border-t pt-4 text-dim text-xs">
          {apiKey ? (
            "The API key of this project is in the snippets for a few minutes after the first start. Keep it: it is stored hashed and cannot be shown again."
          ) : (
            <>
              Put a key of this project in the place of YOUR_API_KEY. Keys are stored hashed and cannot be
              shown again: an owner or admin makes one in the{" "}
              <Link
                to="/p/$projectId/settings/$section"
                params={{ projectId, section: "keys" }}
                className="text-accent underline"
              >
                settings
              </Link>
              .
            </>
          )}
        </p>
        <p className="mt-4 flex items-center gap-2 text-dim text-xs" role="status">
          <span className="size-2 animate-pulse rounded-full bg-running" aria-hidden />
          Waiting for the first event of <code className="font-mono">{projectId}</code>
        </p>
      </div>
    </div>
  );
}
