import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { keysQuery, type MadeApiKey, useKeyChanges } from "../../api/projects";
import { Button } from "../../components/Button";
import { EmptyNote } from "../../components/EmptyNote";
import { Lines } from "../../components/Lines";
import { Skeleton } from "../../components/Skeleton";
import { ErrorNote } from "../../layout/PageError";
import { Intro } from "./Intro";
import { KeyLine } from "./KeyLine";
import { NewKey } from "./NewKey";
import { ShownKey } from "./ShownKey";

const HEADS = ["Name", "Key", "Scopes", "Made", "Last used", "Expires", ""];

/** The keys by which machines send and read. */
export function KeysSection({ projectId }: { projectId: string }) {
  const { data, error } = useQuery(keysQuery(projectId));
  const { add, rotate, revoke } = useKeyChanges(projectId);
  const [isMaking, setMaking] = useState(false);
  const [made, setMade] = useState<MadeApiKey | null>(null);
  if (error) return <ErrorNote error={error} />;
  const failed = rotate.error ?? revoke.error;
  return (
    <>
      <Intro
        title="API keys"
        about="Applications send with the scope ingest; scripts and agents read with the scope read. A key is shown once, when it is made."
      >
        <Button isPrimary onClick={() => setMaking(true)}>
          New key
        </Button>
      </Intro>
      {made ? <ShownKey made={made} onDone={() => setMade(null)} /> : null}
      {failed ? (
        <p role="alert" className="mb-3 text-error text-xs">
          {failed.message}
        </p>
      ) : null}
      {!data ? <Skeleton rows={4} height={30} /> : null}
      {data?.length === 0 ? (
        <EmptyNote title="This project has no key yet.">
          Make one to send the first event: it goes into WATCHLLM_API_KEY.
        </EmptyNote>
      ) : null}
      {data?.length ? (
        <Lines label="API keys" heads={HEADS}>
          {data.map((key) => (
            <KeyLine
              key={key.key_id}
              apiKey={key}
              isBusy={rotate.isPending || revoke.isPending}
              onRotate={() => rotate.mutate({ keyId: key.key_id, hours: 24 }, { onSuccess: setMade })}
              onRevoke={() => revoke.mutate(key.key_id)}
            />
          ))}
        </Lines>
      ) : null}
      {isMaking ? (
        <NewKey
          problem={add.error?.message}
          isBusy={add.isPending}
          onClose={() => {
            setMaking(false);
            add.reset();
          }}
          onMake={(body) =>
            add.mutate(body, {
              onSuccess: (key) => {
                setMaking(false);
                setMade(key);
              },
            })
          }
        />
      ) : null}
    </>
  );
}
