import { useQuery } from "@tanstack/react-query";
import { deletedProjectsQuery, useRestore } from "../../api/deletions";
import { Button } from "../../components/Button";
import { Lines } from "../../components/Lines";
import { Moment } from "../../components/Time";
import { Text } from "../../render/Text";

/** Projects of one's own that were deleted, while they can be brought back; nothing where there is none. */
export function DeletedProjects() {
  const { data } = useQuery(deletedProjectsQuery);
  const restore = useRestore();
  if (!data?.length) return null;
  return (
    <section aria-labelledby="deleted-projects" className="max-w-3xl">
      <h2 id="deleted-projects" className="mb-2 font-semibold text-sm">
        Deleted projects
      </h2>
      <Lines label="Deleted projects" heads={["Project", "Deleted", "Gone for good", ""]}>
        {data.map((project) => (
          <tr key={project.project_id}>
            <td>
              <Text value={project.name} />
            </td>
            <td>{project.deleted_at ? <Moment at={project.deleted_at} /> : null}</td>
            <td>{project.restorable_until ? <Moment at={project.restorable_until} /> : null}</td>
            <td className="text-right">
              {project.role === "OWNER" ? (
                <Button
                  aria-label={`Restore ${project.name}`}
                  disabled={restore.isPending}
                  onClick={() => restore.mutate(project.project_id)}
                >
                  Restore
                </Button>
              ) : null}
            </td>
          </tr>
        ))}
      </Lines>
      {restore.error ? (
        <p role="alert" className="mt-2 text-error text-xs">
          {restore.error.message}
        </p>
      ) : null}
    </section>
  );
}
