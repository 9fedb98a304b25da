import assert from "node:assert/strict";
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { answer, failure, firstFailure, gateway, picture, question, report, trip, tripSaid, weatherCall, weatherSchema } from "./report.mjs";

const client = new OpenAI({ baseURL: gateway.baseURL, apiKey: gateway.key });
const model = gateway.model;
const asked = (content = question) => ({ model, messages: [{ role: "user", content }] });

async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

const joined = (chunks) => chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");

await report(["openai"], {
  "chat whole": async () => {
    const completion = await client.chat.completions.create(asked());
    assert.equal(completion.object, "chat.completion");
    assert.equal(completion.model, model);
    assert.equal(completion.choices[0].message.content, answer);
    assert.equal(completion.choices[0].finish_reason, "stop");
    assert.equal(completion.usage.total_tokens, completion.usage.prompt_tokens + completion.usage.completion_tokens);
    assert.ok(completion._request_id);
  },
  "chat streamed": async () => {
    const chunks = await collect(await client.chat.completions.create({ ...asked(), stream: true }));
    assert.equal(joined(chunks), answer);
    assert.equal(chunks[0].choices[0].delta.role, "assistant");
    assert.ok(chunks.every((chunk) => chunk.id === chunks[0].id && chunk.choices.length === 1));
    assert.deepEqual(chunks.flatMap((chunk) => chunk.choices[0].finish_reason ?? []), ["stop"]);
  },
  "usage in the stream": async () => {
    const chunks = await collect(await client.chat.completions.create({ ...asked(), stream: true, stream_options: { include_usage: true } }));
    const last = chunks.at(-1);
    assert.deepEqual(last.choices, []);
    assert.ok(last.usage.prompt_tokens > 0 && last.usage.completion_tokens > 0);
    assert.ok(chunks.slice(0, -1).every((chunk) => chunk.usage === null));
  },
  "stream helper": async () => {
    const pieces = [];
    const stream = client.chat.completions.stream({ ...asked(), stream_options: { include_usage: true } });
    stream.on("content", (delta) => pieces.push(delta));
    const completion = await stream.finalChatCompletion();
    assert.equal(completion.choices[0].message.content, answer);
    assert.equal(pieces.join(""), answer);
    assert.ok(completion.usage.total_tokens > 0);
  },
  "unset options as null": async () => {
    const completion = await client.chat.completions.create({ ...asked(), stream: null, stop: null, temperature: null, max_tokens: null, metadata: null });
    assert.equal(completion.choices[0].message.content, answer);
  },
  "system and developer": async () => {
    const completion = await client.chat.completions.create({
      model,
      messages: [
        { role: "system", content: "Be brief." },
        { role: "developer", content: [{ type: "text", text: "Answer in English." }] },
        { role: "user", content: [{ type: "text", text: question }] },
      ],
    });
    assert.equal(completion.choices[0].message.content, answer);
  },
  "tool call": async () => {
    const tools = [{ type: "function", function: { name: "get_weather", description: "The weather of a city.", parameters: weatherSchema } }];
    const { messages } = asked(weatherCall);
    const completion = await client.chat.completions.create({ model, messages, tools });
    const { message, finish_reason } = completion.choices[0];
    assert.equal(finish_reason, "tool_calls");
    assert.deepEqual(message.tool_calls.map((call) => [call.function.name, JSON.parse(call.function.arguments)]), [["get_weather", { city: "Paris" }]]);
    const result = { role: "tool", tool_call_id: message.tool_calls[0].id, content: "21 degrees" };
    const after = await client.chat.completions.create({ model, tools, messages: [...messages, message, result] });
    assert.ok(after.choices[0].message.content.endsWith("21 degrees"));
  },
  "tool call streamed": async () => {
    const tools = [{ type: "function", function: { name: "get_weather", parameters: weatherSchema, strict: true } }];
    const completion = await client.chat.completions.stream({ ...asked(weatherCall), tools }).finalChatCompletion();
    const { message, finish_reason } = completion.choices[0];
    assert.equal(finish_reason, "tool_calls");
    assert.deepEqual(message.tool_calls.map((call) => [call.function.name, JSON.parse(call.function.arguments)]), [["get_weather", { city: "Paris" }]]);
  },
  "custom tool": async () => {
    const tools = [{ type: "custom", custom: { name: "note", description: "Writes a note." } }];
    const { messages } = asked('[[call note {"input":"a \\"b\\"\\nc"}]]');
    const completion = await client.chat.completions.create({ model, messages, tools });
    const { message, finish_reason } = completion.choices[0];
    assert.equal(finish_reason, "tool_calls");
    assert.deepEqual(message.tool_calls.map((call) => [call.type, call.custom]), [["custom", { name: "note", input: 'a "b"\nc' }]]);
    const result = { role: "tool", tool_call_id: message.tool_calls[0].id, content: "noted" };
    const after = await client.chat.completions.create({ model, tools, messages: [...messages, message, result] });
    assert.ok(after.choices[0].message.content.endsWith("noted"));

    const chunks = await collect(await client.chat.completions.create({ model, messages, tools, stream: true }));
    const deltas = chunks.flatMap((chunk) => chunk.choices[0].delta.tool_calls ?? []);
    assert.deepEqual([deltas[0].index, deltas[0].type, deltas[0].custom.name], [0, "custom", "note"]);
    assert.equal(deltas.map((delta) => delta.custom.input ?? "").join(""), 'a "b"\nc');
    assert.deepEqual(chunks.flatMap((chunk) => chunk.choices[0].finish_reason ?? []), ["tool_calls"]);
  },
  "structured output": async () => {
    const format = zodResponseFormat(z.object({ city: z.string(), days: z.number() }), "trip");
    const completion = await client.chat.completions.parse({ ...asked(tripSaid), response_format: format });
    assert.deepEqual(completion.choices[0].message.parsed, trip);
  },
  "structured output streamed": async () => {
    const format = zodResponseFormat(z.object({ city: z.string(), days: z.number() }), "trip");
    const completion = await client.chat.completions.stream({ ...asked(tripSaid), response_format: format }).finalChatCompletion();
    assert.deepEqual(completion.choices[0].message.parsed, trip);
  },
  "picture in": async () => {
    const completion = await client.chat.completions.create(asked([{ type: "text", text: question }, { type: "image_url", image_url: { url: picture } }]));
    assert.equal(completion.choices[0].message.content, answer);
  },
  "models": async () => {
    const ids = [];
    for await (const entry of client.models.list()) {
      assert.equal(entry.object, "model");
      ids.push(entry.id);
    }
    assert.ok(ids.includes(model));
    assert.equal((await client.models.retrieve(model)).id, model);
    assert.equal((await failure(() => client.models.retrieve("gpt-12"))).code, "model_not_found");
  },
  "unknown key": async () => {
    const error = await failure(() => client.withOptions({ apiKey: gateway.unknownKey }).chat.completions.create(asked()));
    assert.ok(error instanceof OpenAI.AuthenticationError, `${error}`);
    assert.equal(error.code, "invalid_api_key");
    assert.equal(error.param, null);
  },
  "unknown model": async () => {
    const error = await failure(() => client.chat.completions.create({ ...asked(), model: "gpt-12", stream: true }));
    assert.ok(error instanceof OpenAI.NotFoundError, `${error}`);
    assert.deepEqual([error.code, error.param, error.type], ["model_not_found", "model", "invalid_request_error"]);
    assert.ok(error.requestID);
  },
  "bad field": async () => {
    const error = await failure(() => client.chat.completions.create({ model, messages: [{ role: "robot", content: question }] }));
    assert.ok(error instanceof OpenAI.BadRequestError, `${error}`);
    assert.deepEqual([error.code, error.param], ["invalid_role", "messages[0].role"]);
  },
  "rate limit": async () => {
    const limited = client.withOptions({ apiKey: gateway.limitedKey, maxRetries: 0 });
    const error = await firstFailure(() => limited.chat.completions.create(asked()));
    assert.ok(error instanceof OpenAI.RateLimitError, `${error}`);
    assert.deepEqual([error.code, error.type], ["rate_limit_exceeded", "rate_limit_error"]);
    assert.ok(Number(error.headers.get("retry-after")) > 0);
  },
  "stream cut off": async () => {
    const error = await failure(async () => collect(await client.chat.completions.create({ ...asked(`[[drop]] ${question}`), stream: true })));
    assert.ok(error instanceof OpenAI.APIError, `${error}`);
    assert.equal(error.code, "upstream_error");
  },
  "stream aborted": async () => {
    const stream = await client.chat.completions.create({ ...asked(`[[stall]] ${question}`), stream: true });
    let seen = "";
    for await (const chunk of stream) {
      seen += chunk.choices[0].delta.content ?? "";
      // Half of the words arrive, then nothing more: this loop ends only because the client leaves.
      if (seen.length > 0) stream.controller.abort();
    }
    assert.ok(answer.startsWith(seen) && seen.length < answer.length, seen);
  },
});
