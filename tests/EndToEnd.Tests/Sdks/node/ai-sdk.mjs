import assert from "node:assert/strict";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, Output, generateText, isStepCount, streamText, tool } from "ai";
import { z } from "zod";
import { answer, failure, firstFailure, gateway, picture, question, report, trip, tripSaid, weatherCall } from "./report.mjs";

const providerWith = (apiKey) => createOpenAICompatible({ name: "grokforge", baseURL: gateway.baseURL, apiKey, includeUsage: true, supportsStructuredOutputs: true });
const model = providerWith(gateway.key)(gateway.model);
const quiet = { maxRetries: 0, onError() {} };

async function refused(call, status, code, param) {
  const error = await call;
  assert.ok(APICallError.isInstance(error), `${error}`);
  assert.equal(error.statusCode, status);
  assert.equal(error.data.error.code, code);
  assert.equal(error.data.error.param, param);
  return error;
}

const weather = tool({
  description: "The weather of a city.",
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => `${city}: 21 degrees`,
});
const tripOutput = () => Output.object({ schema: z.object({ city: z.string(), days: z.number() }) });

await report(["ai", "@ai-sdk/openai-compatible"], {
  "chat whole": async () => {
    const result = await generateText({ model, prompt: question });
    assert.equal(result.text, answer);
    assert.equal(result.finishReason, "stop");
    assert.equal(result.usage.totalTokens, result.usage.inputTokens + result.usage.outputTokens);
  },
  "chat streamed": async () => {
    const result = streamText({ model, prompt: question, ...quiet });
    let text = "";
    for await (const piece of result.textStream) text += piece;
    assert.equal(text, answer);
    assert.equal(await result.finishReason, "stop");
  },
  "usage in the stream": async () => {
    const result = streamText({ model, prompt: question, ...quiet });
    await result.consumeStream();
    const usage = await result.usage;
    assert.ok(usage.inputTokens > 0 && usage.outputTokens > 0);
  },
  "system and developer": async () => {
    // The provider knows no developer role: it sends what the caller gives as instructions in the role system.
    const result = await generateText({ model, instructions: "Be brief.\nAnswer in English.", messages: [{ role: "user", content: [{ type: "text", text: question }] }] });
    assert.equal(result.text, answer);
  },
  "tool call": async () => {
    const result = await generateText({ model, prompt: weatherCall, tools: { get_weather: weather }, stopWhen: isStepCount(2) });
    assert.equal(result.steps[0].finishReason, "tool-calls");
    assert.ok(result.text.endsWith("Paris: 21 degrees"), result.text);
  },
  "tool call streamed": async () => {
    const result = streamText({ model, prompt: weatherCall, tools: { get_weather: weather }, stopWhen: isStepCount(2), ...quiet });
    await result.consumeStream();
    const steps = await result.steps;
    assert.deepEqual(steps[0].toolCalls.map((call) => [call.toolName, call.input]), [["get_weather", { city: "Paris" }]]);
    assert.ok((await result.text).endsWith("Paris: 21 degrees"));
  },
  "structured output": async () => {
    const result = await generateText({ model, prompt: tripSaid, output: tripOutput() });
    assert.deepEqual(result.output, trip);
  },
  "structured output streamed": async () => {
    const result = streamText({ model, prompt: tripSaid, output: tripOutput(), ...quiet });
    await result.consumeStream();
    assert.deepEqual(await result.output, trip);
  },
  "picture in": async () => {
    const content = [{ type: "text", text: question }, { type: "file", data: picture.split(",")[1], mediaType: "image/png" }];
    const result = await generateText({ model, messages: [{ role: "user", content }] });
    assert.equal(result.text, answer);
  },
  "unknown key": async () => {
    const stranger = providerWith(gateway.unknownKey)(gateway.model);
    await refused(failure(() => generateText({ model: stranger, prompt: question, maxRetries: 0 })), 401, "invalid_api_key", null);
  },
  "unknown model": async () => {
    const unknown = providerWith(gateway.key)("gpt-12");
    await refused(failure(() => generateText({ model: unknown, prompt: question, maxRetries: 0 })), 404, "model_not_found", "model");
  },
  "bad field": async () => {
    await refused(failure(() => generateText({ model, prompt: question, temperature: 9, maxRetries: 0 })), 400, "invalid_temperature", "temperature");
  },
  "rate limit": async () => {
    const limited = providerWith(gateway.limitedKey)(gateway.model);
    const error = await refused(firstFailure(() => generateText({ model: limited, prompt: question, maxRetries: 0 })), 429, "rate_limit_exceeded", null);
    assert.ok(error.isRetryable && Number(error.responseHeaders["retry-after"]) > 0);
  },
  "stream cut off": async () => {
    const errors = [];
    const result = streamText({ model, prompt: `[[drop]] ${question}`, maxRetries: 0, onError: ({ error }) => errors.push(error) });
    await result.consumeStream();
    assert.equal(errors.length, 1);
  },
  "stream aborted": async () => {
    const leaving = new AbortController();
    const result = streamText({ model, prompt: `[[stall]] ${question}`, abortSignal: leaving.signal, ...quiet });
    let seen = "";
    let aborted = false;
    for await (const part of result.fullStream) {
      if (part.type === "text-delta") {
        seen += part.text;
        leaving.abort();
      }
      aborted ||= part.type === "abort";
    }
    assert.ok(aborted && seen.length > 0 && seen.length < answer.length, seen);
  },
});
