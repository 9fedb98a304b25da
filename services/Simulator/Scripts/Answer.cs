using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace GrokForge.Simulator.Scripts;

/// <summary>What the simulated upstream does with one request. Immutable: every method returns a changed copy.</summary>
public sealed partial record Answer
{
    private const string ChallengePage =
        "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><script src=\"/cdn-cgi/challenge-platform/h/b\"></script></body></html>";

    private Answer()
    {
    }

    internal int StatusCode { get; private init; } = 200;

    internal string ContentType { get; private init; } = "application/json";

    internal ImmutableArray<KeyValuePair<string, string>> Headers { get; private init; } = [];

    /// <summary>What happens before the headers are sent.</summary>
    internal ImmutableArray<AnswerStep> Opening { get; private init; } = [];

    internal ImmutableArray<AnswerStep> Steps { get; private init; } = [];

    internal Delivery Delivery { get; private init; } = new();

    /// <summary>The visible text said so far; the final message repeats it.</summary>
    internal string Said { get; private init; } = "";

    /// <summary>True where the answer carries something of use, which costs the token a unit.</summary>
    internal bool Answers => Steps.Any(step => step is EventStep { Answers: true });

    /// <summary>A whole, ordinary answer that says <paramref name="text"/> in several tokens.</summary>
    public static Answer Text(string text) => Begin().Say(text).End();

    /// <summary>A whole, ordinary answer with exactly these tokens.</summary>
    public static Answer Tokens(params string[] tokens) => tokens.Aggregate(Begin(), (answer, token) => answer.Token(token)).End();

    /// <summary>A whole answer that calls a function the way prompts ask for it: a line of JSON between tags.</summary>
    public static Answer Call(string name, string argumentsJson) => Text($"<tool_call>\n{{\"name\": \"{name}\", \"arguments\": {argumentsJson}}}\n</tool_call>");

    /// <summary>The default answer: says what the user said.</summary>
    public static Answer Echo(string userText) => Text("Hello from the simulator. You said: " + userText);

    /// <summary>An answer in the language of the prompt markers, e.g. <c>[[cut 3]] Hello</c>; see docs/simulator.md.</summary>
    public static Answer Parse(string script) => PromptMarkers.Read(script, text => text);

    /// <summary>The start of a chat answer (conversation and userResponse); go on with Say, Think, … and End.</summary>
    public static Answer Begin() => Nothing().Conversation().UserResponse();

    /// <summary>200 without a single object; add raw bytes or objects as needed.</summary>
    public static Answer Nothing() => new();

    /// <summary>200 with an empty body.</summary>
    public static Answer Empty() => Nothing();

    /// <summary>A JSON body with 200, for surfaces that do not stream.</summary>
    public static Answer Json(string json) => Status(200, json, "application/json");

    /// <summary>Bytes with 200, for surfaces that hand out files.</summary>
    public static Answer File(ReadOnlyMemory<byte> bytes, string contentType) => new Answer { ContentType = contentType }.Raw(bytes);

    /// <summary>200 as an event stream without an event; add them as raw bytes.</summary>
    public static Answer Stream() => new() { ContentType = "text/event-stream" };

    /// <summary>A status with a plain JSON error body.</summary>
    public static Answer Status(int status) => Failure(status, status, string.Create(CultureInfo.InvariantCulture, $"Simulated status {status}"));

    /// <summary>A status with the given body.</summary>
    public static Answer Status(int status, string body, string contentType)
    {
        var answer = new Answer { StatusCode = status, ContentType = contentType };
        return body.Length == 0 ? answer : answer.Raw(Encoding.UTF8.GetBytes(body));
    }

    /// <summary>A status with a JSON error body of this code and message.</summary>
    public static Answer Failure(int status, int code, string message)
    {
        var quoted = JsonSerializer.Serialize(message, SimulatorJson.Default.String);
        return Status(status, string.Create(CultureInfo.InvariantCulture, $$$"""{"error":{"code":{{{code}}},"message":{{{quoted}}},"details":[]}}"""), "application/json");
    }

    /// <summary>401: the token is no longer valid.</summary>
    public static Answer Unauthorized() => Failure(401, 16, "Invalid credentials");

    /// <summary>403 with a challenge page.</summary>
    public static Answer Challenge() => Status(403, ChallengePage, "text/html; charset=UTF-8");

    /// <summary>403 without a body, which is a challenge too.</summary>
    public static Answer EmptyForbidden() => Status(403, "", "text/plain");

    /// <summary>403 in JSON: an application's decision, with the given words.</summary>
    public static Answer Forbidden(string message) => Failure(403, 7, message);

    /// <summary>403 in JSON: the account is blocked.</summary>
    public static Answer BlockedUser() => Forbidden("[WKE=unauthorized:blocked-user] User is blocked");

    /// <summary>429 without a Retry-After.</summary>
    public static Answer RateLimited() => Failure(429, 8, "Too many requests");

    /// <summary>429 with a Retry-After.</summary>
    public static Answer RateLimited(TimeSpan retryAfter) =>
        RateLimited().WithHeader("Retry-After", Math.Ceiling(retryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture));

    /// <summary>Not even headers: the connection stays open until the client leaves.</summary>
    public static Answer Silent() => new() { Opening = [new StallStep()] };

    /// <summary>The connection ends before the headers.</summary>
    public static Answer Dropped() => new() { Opening = [new DropStep(Reset: true)] };

    /// <summary>Headers, then nothing until the client leaves.</summary>
    public static Answer HeadersOnly() => Nothing().Stall();

    /// <summary>Adds a response header.</summary>
    public Answer WithHeader(string name, string value) => this with { Headers = Headers.Add(new(name, value)) };

    /// <summary>Waits before the headers.</summary>
    public Answer HeadersAfter(TimeSpan delay) => this with { Opening = Opening.Add(new PauseStep(delay)) };

    /// <summary>Waits before the headers until the gate is opened.</summary>
    public Answer HeadersAtGate(string gate) => this with { Opening = Opening.Add(new HoldStep(gate)) };

    /// <summary>Waits before each object.</summary>
    public Answer EachAfter(TimeSpan pause) => this with { Delivery = Delivery with { Pace = pause } };

    /// <summary>Puts the objects on the wire in another framing.</summary>
    public Answer Framed(Framing framing) => this with
    {
        ContentType = framing is Framing.ServerSent ? "text/event-stream" : ContentType,
        Delivery = Delivery with { Framing = framing },
    };

    /// <summary>Writes the body in pieces of this many bytes, wherever that cuts.</summary>
    public Answer CutEvery(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        return this with { Delivery = Delivery with { CutSize = bytes } };
    }

    /// <summary>Writes the body in pieces that end at these offsets.</summary>
    public Answer CutAt(params long[] offsets) => this with { Delivery = Delivery with { CutOffsets = [.. offsets.Order()] } };

    /// <summary>Waits after each cut, so that a client surely reads the pieces one by one.</summary>
    public Answer CutPause(TimeSpan pause) => this with { Delivery = Delivery with { CutPause = pause } };

    /// <summary>Ends the connection after exactly this many bytes of the body have been sent.</summary>
    public Answer DropAtByte(long offset) => this with { Delivery = Delivery with { DropAtByte = offset } };
}
