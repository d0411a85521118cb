import { expect, it } from "vitest";
import { newMessages } from "./turn";

const said = (...roles: string[]) => roles.map((role) => ({ role, parts: [] }));

it("shows of a turn only what came since the model last spoke", () => {
  expect(newMessages(said("system", "user"))).toEqual(said("user"));
  expect(newMessages(said("system", "user", "assistant", "tool", "user"))).toEqual(said("tool", "user"));
  expect(newMessages(["odd", null])).toEqual(["odd", null]);
});
