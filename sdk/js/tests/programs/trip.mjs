// The agent of `tests/sdk/run_trip.py` in JavaScript: two tools and one question, by a wrapped client.
// Run as `node trip.mjs openai|anthropic whole|streamed BASE_URL`, with WATCHLLM_BASE_URL and WATCHLLM_API_KEY set.

import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import * as watchllm from "watchllm";

const [, , provider, form, baseURL] = process.argv;
const isStreamed = form === "streamed";
const MAX_STEPS = 5;
const SYSTEM = "You plan short city trips.";
const QUESTION = "What will the weather in Lisbon be, and what do 120.50 euros make in dollars?";
const TOOLS = {
  get_weather: ({ city }) => `Sunny in ${city}.`,
  convert_to_dollars: ({ amount, currency }) =>
    `${amount.toFixed(2)} ${currency} are ${(amount * 1.08).toFixed(2)} US dollars.`,
};
const PARAMETERS = {
  get_weather: { city: "string" },
  convert_to_dollars: { amount: "number", currency: "string" },
};

function schemaOf(name) {
  const properties = Object.fromEntries(Object.entries(PARAMETERS[name]).map(([key, type]) => [key, { type }]));
  return { type: "object", properties, required: Object.keys(properties) };
}

/** Read the chunks of a chat as OpenAI's clients put them together. */
async function gathered(stream) {
  const message = { role: "assistant", content: null, tool_calls: [] };
  for await (const { choices } of stream) {
    const delta = choices[0]?.delta ?? {};
    if (delta.content) message.content = (message.content ?? "") + delta.content;
    for (const { index, ...piece } of delta.tool_calls ?? []) {
      message.tool_calls[index] ??= { id: "", type: "function", function: { name: "", arguments: "" } };
      const call = message.tool_calls[index];
      call.id ||= piece.id;
      call.function.name += piece.function?.name ?? "";
      call.function.arguments += piece.function?.arguments ?? "";
    }
  }
  if (message.tool_calls.length === 0) delete message.tool_calls;
  return message;
}

/** A conversation by OpenAI's client: `ask` returns the answer and the calls of tools, `tell` the results. */
function openai() {
  const client = watchllm.wrapOpenAI(new OpenAI({ apiKey: "loopback", baseURL, maxRetries: 0 }));
  const messages = [
    { role: "system", content: SYSTEM },
    { role: "user", content: QUESTION },
  ];
  const tools = Object.keys(TOOLS).map((name) => ({
    type: "function",
    function: { name, parameters: schemaOf(name) },
  }));
  return {
    messages,
    async ask() {
      const request = { model: "gpt-4o-mini", messages: [...messages], tools };
      const message = isStreamed
        ? await gathered(
            await client.chat.completions.create({ ...request, stream: true, stream_options: { include_usage: true } }),
          )
        : (await client.chat.completions.create(request)).choices[0].message;
      messages.push(message);
      const calls = message.tool_calls ?? [];
      const read = ({ id, function: { name, arguments: text } }) => ({ id, name, given: JSON.parse(text) });
      return { text: message.content, calls: calls.map(read) };
    },
    tell(results) {
      for (const { id, result } of results) messages.push({ role: "tool", tool_call_id: id, content: result });
    },
  };
}

/** The same by Anthropic's client. */
function anthropic() {
  const client = watchllm.wrapAnthropic(new Anthropic({ apiKey: "loopback", baseURL, maxRetries: 0 }));
  const messages = [{ role: "user", content: QUESTION }];
  const tools = Object.keys(TOOLS).map((name) => ({ name, input_schema: schemaOf(name) }));
  return {
    messages,
    async ask() {
      const request = { model: "claude-opus-5", max_tokens: 500, system: SYSTEM, messages: [...messages], tools };
      const message = isStreamed
        ? await client.messages.stream(request).finalMessage()
        : await client.messages.create(request);
      messages.push({ role: "assistant", content: message.content });
      const calls = message.content.filter(({ type }) => type === "tool_use");
      const text = message.content.find(({ type }) => type === "text")?.text;
      return { text, calls: calls.map(({ id, name, input }) => ({ id, name, given: input })) };
    },
    tell(results) {
      const content = results.map(({ id, result }) => ({ type: "tool_result", tool_use_id: id, content: result }));
      messages.push({ role: "user", content });
    },
  };
}

const run = watchllm.observe(
  async (conversation) => {
    for (let turn = 0; turn < MAX_STEPS; turn++) {
      const fields = { name: "Travel planner", memory: { turn } };
      const answer = await watchllm.step("think and act", fields, async () => {
        const { text, calls } = await conversation.ask();
        if (calls.length === 0) return text;
        const results = calls.map(({ id, name, given }) => {
          return { id, result: watchllm.tool(name, { arguments: given }, () => TOOLS[name](given)) };
        });
        conversation.tell(results);
      });
      if (answer) return answer;
    }
    throw new Error("the model never answered");
  },
  { name: "Plan a trip", captureInput: false },
);

watchllm.init();
const fields = { sessionId: process.env.TRIP_SESSION, userId: "traveller-7", environment: "test", release: "1.4.0" };
console.log(await watchllm.context(fields, () => run(provider === "openai" ? openai() : anthropic())));
if (!(await watchllm.flush())) throw new Error("the SDK could not deliver everything");
