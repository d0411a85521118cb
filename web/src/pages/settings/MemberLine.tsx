import type { Member, Role } from "../../api/projects";
import { Moment } from "../../components/Time";
import { Text } from "../../render/Text";
import { Confirm } from "./Confirm";

interface MemberLineProps {
  member: Member;
  isOneself: boolean;
  /** The roles that the one who looks may give this member; none when nothing may be changed. */
  grants: readonly Role[];
  isBusy: boolean;
  onRole: (role: Role) => void;
  onRemove: () => void;
}

export function MemberLine({ member, isOneself, grants, isBusy, onRole, onRemove }: MemberLineProps) {
  const { name, email, role, member_since } = member;
  return (
    <tr>
      <td className="max-w-56 truncate font-medium">
        <Text value={name} /> {isOneself ? <span className="text-faint">(you)</span> : null}
      </td>
      <td>{email ? <Text value={email} /> : "–"}</td>
      <td>
        {grants.length ? (
          <select
            aria-label={`Role of ${name}`}
            value={role}
            disabled={isBusy}
            onChange={(event) => onRole(event.target.value as Role)}
            className="h-6 rounded-[4px] border border-line bg-page px-1"
          >
            {grants.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        ) : (
          role
        )}
      </td>
      <td>
        <Moment at={member_since} />
      </td>
      <td className="!pr-0 text-right">
        {grants.length || isOneself ? (
          <Confirm
            action={isOneself ? "Leave" : "Remove"}
            label={isOneself ? "Leave this project" : `Remove ${name}`}
            question={isOneself ? "You lose this project." : "They lose this project at once."}
            isBusy={isBusy}
            onConfirm={onRemove}
          />
        ) : null}
      </td>
    </tr>
  );
}
