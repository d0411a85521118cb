import { expect, it } from "vitest";
import { type Column, chosenColumns, gridOf, namedColumns } from "./columns";

const column = (id: string, more: Partial<Column<null>> = {}): Column<null> => ({
  id,
  label: id,
  width: 100,
  show: () => null,
  ...more,
});
const ALL = [
  column("name", { isUsual: true, isWide: true }),
  column("cost", { isUsual: true }),
  column("tags"),
];
const ids = (columns: Column<null>[]) => columns.map(({ id }) => id).join();

it("shows the usual columns until some are named", () => {
  expect(ids(chosenColumns(ALL, undefined))).toBe("name,cost");
  expect(ids(chosenColumns(ALL, "tags,name"))).toBe("name,tags");
  expect(ids(chosenColumns(ALL, "gone"))).toBe("name,cost");
});

it("names a choice only when it is not the usual one", () => {
  expect(namedColumns(ALL, new Set(["name", "cost"]))).toBeUndefined();
  expect(namedColumns(ALL, new Set(["tags", "name"]))).toBe("name,tags");
});

it("gives the room that is left to the wide column until it is dragged", () => {
  expect(gridOf(ALL.slice(0, 2), {}).tracks).toBe("minmax(100px, 1fr) 100px");
  expect(gridOf(ALL.slice(0, 2), { name: 200, cost: 50 }).tracks).toBe("200px 50px");
  expect(gridOf(ALL.slice(0, 2), {}).minPx).toBe(100 + 100 + 12 + 32);
});
