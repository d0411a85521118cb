import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { projectQuery, useProjectChanges } from "../../api/projects";
import { Button } from "../../components/Button";
import { Id } from "../../components/Copy";
import { Field } from "../../components/Field";
import { Skeleton } from "../../components/Skeleton";
import { Moment } from "../../components/Time";
import { ErrorNote } from "../../layout/PageError";
import { Confirm } from "./Confirm";
import { Intro } from "./Intro";
import { isAdmin } from "./sections";

/** Name and description of the project, and its end. */
export function ProjectSection({ projectId }: { projectId: string }) {
  const { data, error } = useQuery(projectQuery(projectId));
  const { change, remove } = useProjectChanges();
  const navigate = useNavigate();
  if (error) return <ErrorNote error={error} />;
  if (!data) return <Skeleton rows={4} height={30} />;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    change.mutate({
      projectId,
      name: String(given.get("name")),
      description: String(given.get("description")),
    });
  };
  const canChange = isAdmin(data.role);
  return (
    <>
      <Intro title={data.name} about="What this project is called, and what it is for." />
      <form onSubmit={submit} className="grid max-w-lg gap-3">
        <Field label="Name">
          <input name="name" defaultValue={data.name} required maxLength={100} disabled={!canChange} />
        </Field>
        <Field label="Description">
          <input
            name="description"
            defaultValue={data.description ?? ""}
            maxLength={1_000}
            disabled={!canChange}
          />
        </Field>
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-xs">
          <dt className="text-dim">Project id</dt>
          <dd>
            <Id id={data.project_id} label="project id" />
          </dd>
          {data.created_at ? (
            <>
              <dt className="text-dim">Made</dt>
              <dd>
                <Moment at={data.created_at} />
              </dd>
            </>
          ) : null}
          <dt className="text-dim">Your role</dt>
          <dd>{data.role}</dd>
        </dl>
        {canChange ? (
          <div className="flex items-center gap-3">
            <Button type="submit" isPrimary disabled={change.isPending}>
              Save
            </Button>
            <span role="status" className="text-dim text-xs">
              {change.isSuccess ? "Saved." : null}
            </span>
          </div>
        ) : null}
        {(change.error ?? remove.error) ? (
          <p role="alert" className="text-error text-xs">
            {(change.error ?? remove.error)?.message}
          </p>
        ) : null}
      </form>
      {data.role === "OWNER" ? (
        <div className="mt-8 max-w-lg border-line border-t pt-4">
          <h3 className="font-semibold text-xs">Delete this project</h3>
          <p className="mt-0.5 mb-3 text-dim text-xs">
            Everybody loses it at once, and its keys stop working. Its owners can restore it for 30 days.
          </p>
          <Confirm
            action="Delete"
            label="Delete this project"
            question="All of it disappears for everybody."
            isBusy={remove.isPending}
            onConfirm={() => remove.mutate(projectId, { onSuccess: () => void navigate({ to: "/" }) })}
          />
        </div>
      ) : null}
    </>
  );
}
