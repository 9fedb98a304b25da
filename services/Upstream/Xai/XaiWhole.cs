using System.Runtime.CompilerServices;
using System.Text.Json;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Upstream.Chat;

namespace GrokForge.Upstream.Xai;

/// <summary>A whole answer of the official API: one JSON object, read to its end.</summary>
internal sealed class XaiWhole : ChatAnswer
{
    // What is left of an internal message of 32 MiB.
    private const int Longest = 31 * 1024 * 1024;
    private const int FirstBytes = 16 * 1024;

    private readonly byte[] _answer;
    private readonly Usage? _usage;

    private XaiWhole(byte[] answer, Usage? usage) => (_answer, _usage) = (answer, usage);

    public override string FinishReason => "";

    public static async Task<ChatAnswer> ReadAsync(XaiResponse response, ChatCall call, TryLimits limits)
    {
        using (response)
        {
            await using var body = await response.ReadAsync(limits.Token);
            using var bytes = new MemoryStream(FirstBytes);
            var part = new byte[FirstBytes];
            while (await ReadAsync(body, part, limits) is > 0 and var read)
            {
                if (bytes.Length + read > Longest)
                    return new RefusedAnswer(Refusal.Hopeless($"answered with more than {Longest} bytes", "Ask for less at once, or for a stream."));
                bytes.Write(part, 0, read);
            }

            limits.Answered();
            return Of(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), call);
        }
    }

    public override async IAsyncEnumerable<ChatEvent> ReadEventsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask;
        yield return new ChatEvent { OpenaiChunk = UnsafeByteOperations.UnsafeWrap(_answer) };
        if (_usage is not null)
            yield return new ChatEvent { Usage = _usage };
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static ChatAnswer Of(ReadOnlySpan<byte> json, ChatCall call)
    {
        try
        {
            if (call.Door == ChatCall.Types.Door.Images)
                return XaiPictures.Read(json, out var cost) is { } pictures ? new XaiWhole(pictures, cost) : new RefusedAnswer(XaiPictures.WithoutBytes);

            var chunks = new XaiChunks(call.Model, showsUsage: true);
            var answer = chunks.Take(json);
            return answer is null ? new RefusedAnswer(Refusal.Unavailable("reported an error in its answer")) : new XaiWhole(answer, chunks.Usage);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new RefusedAnswer(Refusal.Unavailable("answered with something that is no JSON", $"Check {XaiClient.AddressSetting}."));
        }
    }

    private static async ValueTask<int> ReadAsync(Stream body, byte[] part, TryLimits limits)
    {
        limits.Waiting();
        var read = await body.ReadAsync(part, limits.Token);
        limits.Arrived();
        return read;
    }
}
