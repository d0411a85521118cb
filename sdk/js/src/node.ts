/** The package on Node: the portable one, with what Node can do better. */

import { AsyncLocalStorage } from "node:async_hooks";
import { Buffer } from "node:buffer";
import { sendAtExit } from "./exit-sender.js";
import type { FlowStorage } from "./flow.js";
import { useStorage } from "./flow.js";
import { NodeTransport } from "./node-transport.js";
import { state } from "./state.js";

useStorage(AsyncLocalStorage as unknown as new () => FlowStorage);
state.abilities.makeTransport ??= (settings) => new NodeTransport(settings);
state.abilities.sendAtExit ??= sendAtExit;
state.abilities.byteLength ??= Buffer.byteLength;

export * from "./index.js";
