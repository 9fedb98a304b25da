using System.Text;
using System.Text.Json;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Gateway.Chat;
using GrokForge.ServiceDefaults.Models;
using GrokForge.Upstream.GrokWeb;
using GrokForge.Upstream.GrokWeb.Structured;
using GrokForge.Upstream.GrokWeb.Tools;

namespace GrokForge.Unit.Tests.Gateway.Chat;

public sealed class ChatRequestFuzzTests
{
    private const int Rounds = 8_000;

    private static readonly CatalogModel Model = new("grok-4.20", ModelType.Chat, "basic", null, "", false, false, TimeSpan.Zero, ["grok_web"], false);

    /// <summary>What a client may put in the place of any value, or before any member.</summary>
    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-1", "1e999", "-1e999", "1e-999", "0.5", "123456789012345678901234567890", "\"\"", "\" \"", "\"\\ud83d\"", "\"\\udc00\\ud83d\"", "\"\\u0000\"", "\"x\"",
        "[]", "{}", "[[]]", "[null]", "[{}]", "[\"a\",1]", "{\"type\":null}", "{\"type\":\"function\"}", "{\"type\":\"text\",\"text\":\"t\"}", "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:,\"}}",
        "{\"role\":\"tool\",\"tool_call_id\":\"c\",\"content\":[1]}", "{\"type\":\"json_schema\",\"schema\":true}", "{\"type\":\"allowed_tools\",\"tools\":[{}]}", "{\"$ref\":\"#\"}",
        new string('[', 300) + new string(']', 300), string.Concat(Enumerable.Repeat("{\"a\":", 200)) + "1" + new string('}', 200), "\"" + new string('\\', 1000) + "\"",
    ];

    private static readonly string[] Names =
    [
        "model", "messages", "input", "role", "content", "type", "text", "tool_calls", "tool_choice", "tools", "name", "function", "stop", "n", "max_tokens", "response_format", "image_url", "file_data",
        "refusal", "instructions", "output", "call_id", "arguments", "custom", "allowed_tools", "schema", "reasoning", "", "\\ud83d", "\\u006dodel",
    ];

    [Fact]
    public void Any_body_is_a_request_or_a_mistake_of_the_client()
    {
        var random = new Random(20261123);
        int taken = 0, refused = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var body = Mutated(ClientBodies.All[round % ClientBodies.All.Count], random);
            var (request, error) = Read(body);
            Assert.True(request is null != (error is null), Encoding.UTF8.GetString(body));
            if (error is not null)
            {
                Assert.True(error.Status == 400 && error.Code.Length > 0 && error.Param is not "", Encoding.UTF8.GetString(body));
                refused++;
                continue;
            }

            Serve(request!, body);
            taken++;
        }

        // Neither so broken that nothing gets through, nor so tame that nothing is refused.
        Assert.InRange(taken, Rounds / 10, Rounds * 9 / 10);
        Assert.InRange(refused, Rounds / 10, Rounds * 9 / 10);
    }

    private static (ChatRequest? Request, GrokForge.Gateway.Rim.OpenAIError? Error) Read(byte[] body)
    {
        try
        {
            return ChatRequestReader.Read(body);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException(Encoding.UTF8.GetString(body), e);
        }
    }

    /// <summary>What was taken must go through everything that reads it before the upstream is asked.</summary>
    private static void Serve(ChatRequest request, byte[] body)
    {
        try
        {
            var call = ChatCall.Parser.ParseFrom(ChatTranslation.ToCall(request, Model, "r", 1, whole: true).ToByteArray());
            Assert.InRange(request.Choices, 1, ChatRequest.MostChoices);
            MessageFlattening.Flatten(call.Messages);
            if (OutputFormat.Objection(call) is null)
                OutputFormat.Of(call);
            if (ToolSet.Of(call) is { } tools)
                ToolPrompt.Of(tools);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException(Encoding.UTF8.GetString(body), e);
        }
    }

    private static byte[] Mutated(string text, Random random)
    {
        var body = Encoding.UTF8.GetBytes(text);
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            body = random.Next(20) switch
            {
                0 => Cut(body, random),
                1 => Flipped(body, random),
                < 6 => WithMember(body, random),
                _ => WithValue(body, random),
            };
        }

        return body;
    }

    private static byte[] Cut(byte[] body, Random random)
    {
        var at = random.Next(body.Length);
        return [.. body.AsSpan(0, at), .. body.AsSpan(Math.Min(body.Length, at + random.Next(40)))];
    }

    private static byte[] Flipped(byte[] body, Random random)
    {
        var flipped = body.ToArray();
        if (flipped.Length > 0)
            flipped[random.Next(flipped.Length)] = (byte)random.Next(256);
        return flipped;
    }

    private static byte[] WithMember(byte[] body, Random random)
    {
        var objects = Enumerable.Range(0, body.Length).Where(i => body[i] == '{').ToList();
        if (objects.Count == 0)
            return body;
        var at = objects[random.Next(objects.Count)] + 1;
        var isEmpty = body.AsSpan(at).TrimStart(" \n"u8) is [(byte)'}', ..];
        return [.. body.AsSpan(0, at), .. Encoding.UTF8.GetBytes($"\"{Names[random.Next(Names.Length)]}\":{Values[random.Next(Values.Length)]}{(isEmpty ? "" : ",")}"), .. body.AsSpan(at)];
    }

    private static byte[] WithValue(byte[] body, Random random)
    {
        var spans = ValueSpans(body);
        if (spans.Count == 0)
            return body;
        var (start, end) = spans[random.Next(spans.Count)];
        return [.. body.AsSpan(0, start), .. Encoding.UTF8.GetBytes(Values[random.Next(Values.Length)]), .. body.AsSpan(end)];
    }

    /// <summary>Where the values stand, as far as the JSON is whole; the outermost is left alone.</summary>
    private static List<(int Start, int End)> ValueSpans(byte[] body)
    {
        var spans = new List<(int, int)>();
        var open = new Stack<int>();
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 1000 });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                    open.Push((int)reader.TokenStartIndex);
                else if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
                    spans.Add((open.Pop(), (int)reader.BytesConsumed));
                else if (reader.TokenType != JsonTokenType.PropertyName)
                    spans.Add(((int)reader.TokenStartIndex, (int)reader.BytesConsumed));
            }
        }
        catch (JsonException)
        {
            return spans;
        }

        return spans[..^1];
    }
}
