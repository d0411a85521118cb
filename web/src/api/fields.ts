/** What can be filtered, and which values were sent: for suggestions. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { KnownFields, Subject } from "../filter/tree";
import { client, read } from "./client";
import { bounds, type RangeSearch } from "./range";

const SHOWN_VALUES = 12;

/** The fields of a subject; they change only with the server's version. */
export function fieldsQuery(projectId: string, subject: Subject) {
  return queryOptions({
    queryKey: ["fields", projectId, subject],
    queryFn: async (): Promise<KnownFields> => {
      const query = { project_id: projectId, subject };
      const { data } = await read(client.GET("/api/v1/fields", { params: { query } }));
      return {
        kinds: new Map(data.map(({ field, kind }) => [field, kind])),
        valued: new Set(data.filter((one) => one.has_values).map(({ field }) => field)),
      };
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

interface Valued {
  projectId: string;
  subject: Subject;
  range: RangeSearch;
  field: string;
  prefix: string;
}

/** The values of a field that start with something, the most frequent first. */
export function valuesQuery({ projectId, subject, range, field, prefix }: Valued) {
  return queryOptions({
    queryKey: ["values", projectId, subject, range, field, prefix],
    queryFn: async ({ signal }) => {
      const query = {
        project_id: projectId,
        subject,
        field,
        prefix,
        limit: SHOWN_VALUES,
        ...bounds(range),
      };
      return (await read(client.GET("/api/v1/values", { params: { query }, signal }))).data;
    },
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  });
}
