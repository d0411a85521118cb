import { useNavigate } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { useProjectChanges } from "../api/projects";
import { Button } from "../components/Button";
import { Dialog } from "../components/Dialog";
import { Field } from "../components/Field";

/** Makes a project and opens where its first key is made. */
export function NewProject({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const { add } = useProjectChanges();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const body = { name: String(given.get("name")), description: String(given.get("description")) };
    add.mutate(body, {
      onSuccess: ({ project_id }) => {
        onClose();
        void navigate({
          to: "/p/$projectId/settings/$section",
          params: { projectId: project_id, section: "keys" },
        });
      },
    });
  };
  return (
    <Dialog label="New project" onClose={onClose} className="w-[440px] max-w-[92vw]">
      <form onSubmit={submit} className="grid gap-3 p-4">
        <h2 className="font-semibold">New project</h2>
        <p className="text-dim text-xs">Its events, members and keys are its own. You will be its owner.</p>
        <Field label="Name">
          <input name="name" data-first required maxLength={100} placeholder="support agent, production" />
        </Field>
        <Field label="Description">
          <input name="description" maxLength={1_000} />
        </Field>
        {add.error ? (
          <p role="alert" className="text-error text-xs">
            {add.error.message}
          </p>
        ) : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" isPrimary disabled={add.isPending}>
            Make the project
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
