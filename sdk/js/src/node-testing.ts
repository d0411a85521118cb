/** `watchllm/testing` on Node, where the flow follows asynchronous work. */

import "./node.js";

export * from "./testing.js";
