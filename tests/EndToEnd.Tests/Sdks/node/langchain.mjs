import assert from "node:assert/strict";
import { ChatMessage, HumanMessage, SystemMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { z } from "zod";
import { answer, failure, firstFailure, gateway, picture, question, report, trip, tripSaid, weatherCall } from "./report.mjs";

const chatWith = (options = {}) =>
  new ChatOpenAI({ model: gateway.model, apiKey: gateway.key, maxRetries: 0, configuration: { baseURL: gateway.baseURL }, ...options });
const chat = chatWith();
const weather = tool(({ city }) => `${city}: 21 degrees`, { name: "get_weather", description: "The weather of a city.", schema: z.object({ city: z.string() }) });
const tripSchema = z.object({ city: z.string(), days: z.number() });

await report(["@langchain/openai", "@langchain/core"], {
  "chat whole": async () => {
    const message = await chat.invoke(question);
    assert.equal(message.text, answer);
    assert.equal(message.response_metadata.finish_reason, "stop");
    assert.equal(message.usage_metadata.total_tokens, message.usage_metadata.input_tokens + message.usage_metadata.output_tokens);
  },
  "chat streamed": async () => {
    let whole;
    for await (const chunk of await chat.stream(question)) whole = whole ? whole.concat(chunk) : chunk;
    assert.equal(whole.text, answer);
    assert.equal(whole.response_metadata.finish_reason, "stop");
  },
  "usage in the stream": async () => {
    let whole;
    for await (const chunk of await chat.stream(question)) whole = whole ? whole.concat(chunk) : chunk;
    assert.ok(whole.usage_metadata.input_tokens > 0 && whole.usage_metadata.output_tokens > 0);
  },
  "system and developer": async () => {
    const message = await chat.invoke([
      new SystemMessage("Be brief."),
      new ChatMessage({ role: "developer", content: "Answer in English." }),
      new HumanMessage({ content: [{ type: "text", text: question }] }),
    ]);
    assert.equal(message.text, answer);
  },
  "tool call": async () => {
    const armed = chat.bindTools([weather]);
    const asking = new HumanMessage(weatherCall);
    const message = await armed.invoke([asking]);
    assert.deepEqual(message.tool_calls.map((call) => [call.name, call.args]), [["get_weather", { city: "Paris" }]]);
    const result = new ToolMessage({ tool_call_id: message.tool_calls[0].id, content: await weather.invoke(message.tool_calls[0].args) });
    const after = await armed.invoke([asking, message, result]);
    assert.ok(after.text.endsWith("Paris: 21 degrees"), after.text);
  },
  "tool call streamed": async () => {
    let whole;
    for await (const chunk of await chat.bindTools([weather]).stream(weatherCall)) whole = whole ? whole.concat(chunk) : chunk;
    assert.deepEqual(whole.tool_calls.map((call) => [call.name, call.args]), [["get_weather", { city: "Paris" }]]);
  },
  "structured output": async () => {
    assert.deepEqual(await chat.withStructuredOutput(tripSchema, { name: "trip", method: "jsonSchema" }).invoke(tripSaid), trip);
  },
  "structured output streamed": async () => {
    let last;
    for await (const state of await chat.withStructuredOutput(tripSchema, { name: "trip", method: "jsonSchema" }).stream(tripSaid)) last = state;
    assert.deepEqual(last, trip);
  },
  "picture in": async () => {
    const content = [{ type: "text", text: question }, { type: "image_url", image_url: { url: picture } }];
    assert.equal((await chat.invoke([new HumanMessage({ content })])).text, answer);
  },
  "unknown key": async () => {
    const error = await failure(() => chatWith({ apiKey: gateway.unknownKey }).invoke(question));
    assert.deepEqual([error.status, error.code, error.lc_error_code], [401, "invalid_api_key", "MODEL_AUTHENTICATION"]);
  },
  "unknown model": async () => {
    const error = await failure(() => chatWith({ model: "gpt-12" }).invoke(question));
    assert.deepEqual([error.status, error.code, error.param, error.lc_error_code], [404, "model_not_found", "model", "MODEL_NOT_FOUND"]);
  },
  "bad field": async () => {
    const error = await failure(() => chatWith({ temperature: 9 }).invoke(question));
    assert.deepEqual([error.status, error.code, error.param], [400, "invalid_temperature", "temperature"]);
  },
  "rate limit": async () => {
    const limited = chatWith({ apiKey: gateway.limitedKey });
    const error = await firstFailure(() => limited.invoke(question));
    assert.deepEqual([error.status, error.code, error.lc_error_code], [429, "rate_limit_exceeded", "MODEL_RATE_LIMIT"]);
  },
  "stream cut off": async () => {
    const error = await failure(async () => {
      for await (const _ of await chat.stream(`[[drop]] ${question}`));
    });
    assert.equal(error.code, "upstream_error");
  },
  "stream aborted": async () => {
    const leaving = new AbortController();
    let seen = "";
    await failure(async () => {
      for await (const chunk of await chat.stream(`[[stall]] ${question}`, { signal: leaving.signal })) {
        seen += chunk.text;
        if (seen.length > 0) leaving.abort();
      }
    });
    assert.ok(answer.startsWith(seen) && seen.length > 0 && seen.length < answer.length, seen);
  },
});
