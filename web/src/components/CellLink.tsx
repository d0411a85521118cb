import { Link } from "@tanstack/react-router";

interface CellLinkProps {
  projectId: string;
  kind: "user" | "session";
  id: string;
}

/** An end user or a session, leading to its page. */
export function CellLink({ projectId, kind, id }: CellLinkProps) {
  if (!id) return null;
  const className = "text-dim hover:text-accent hover:underline";
  return kind === "user" ? (
    <Link
      to="/p/$projectId/end-users/$userId"
      params={{ projectId, userId: id }}
      search={{}}
      className={className}
    >
      {id}
    </Link>
  ) : (
    <Link
      to="/p/$projectId/sessions/$sessionId"
      params={{ projectId, sessionId: id }}
      search={{}}
      className={className}
    >
      {id}
    </Link>
  );
}
