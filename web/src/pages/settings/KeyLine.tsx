import type { ApiKey } from "../../api/projects";
import { Button } from "../../components/Button";
import { Age, Moment } from "../../components/Time";
import { Text } from "../../render/Text";
import { Confirm } from "./Confirm";

interface KeyLineProps {
  apiKey: ApiKey;
  isBusy: boolean;
  onRotate: () => void;
  onRevoke: () => void;
}

export function KeyLine({ apiKey, isBusy, onRotate, onRevoke }: KeyLineProps) {
  const { name, prefix, scopes, state, created_at, last_used_at, expires_at } = apiKey;
  const isActive = state === "active";
  return (
    <tr className={isActive ? "" : "text-faint"}>
      <td className="max-w-56 truncate font-medium" title={name}>
        <Text value={name} />
      </td>
      <td className="font-mono">{prefix}</td>
      <td>{scopes.join(", ")}</td>
      <td>
        <Age at={created_at} /> ago
      </td>
      <td>
        {last_used_at ? (
          <>
            <Age at={last_used_at} /> ago
          </>
        ) : (
          "never"
        )}
      </td>
      <td>{isActive ? expires_at ? <Moment at={expires_at} /> : "never" : state}</td>
      <td className="!pr-0">
        {isActive ? (
          <span className="flex justify-end gap-1.5">
            <Button
              aria-label={`Rotate ${name}`}
              title="Make a new key; the old one works for another day"
              disabled={isBusy}
              onClick={onRotate}
            >
              Rotate
            </Button>
            <Confirm
              action="Revoke"
              label={`Revoke ${name}`}
              question="It stops at once."
              isBusy={isBusy}
              onConfirm={onRevoke}
            />
          </span>
        ) : null}
      </td>
    </tr>
  );
}
