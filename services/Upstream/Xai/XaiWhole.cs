using System.Buffers;
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

    /// <param name="key">Taken out of what an error says.</param>
    public static async Task<ChatAnswer> ReadAsync(XaiResponse response, ChatCall call, string key, TryLimits limits)
    {
        using (response)
        {
            await using var body = await response.ReadAsync(limits.Token);
            var (bytes, length) = (ArrayPool<byte>.Shared.Rent(FirstBytes), 0);
            try
            {
                while (await ReadAsync(body, bytes.AsMemory(length), limits) is > 0 and var read)
                {
                    if (length == 0)
                        limits.Answered();
                    length += read;
                    if (length > Longest)
                        return new RefusedAnswer(Refusal.Hopeless($"answered with more than {Longest} bytes", "Ask for less at once, or for a stream."));
                    if (length == bytes.Length)
                        bytes = Doubled(bytes);
                }

                return Of(bytes.AsSpan(0, length), call, key);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(bytes);
            }
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

    private static ChatAnswer Of(ReadOnlySpan<byte> json, ChatCall call, string key)
    {
        try
        {
            if (call.Door == ChatCall.Types.Door.Images)
                return XaiPictures.Read(json, out var cost) is { } pictures ? new XaiWhole(pictures, cost) : new RefusedAnswer(XaiPictures.WithoutBytes);

            var chunks = new XaiChunks(call.Model, showsUsage: true, key);
            var answer = chunks.Take(json);
            return answer is null ? new RefusedAnswer(XaiRefusals.InAnswer(chunks.Error!)) : new XaiWhole(answer, chunks.Usage);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new RefusedAnswer(Refusal.Unavailable("answered with something that is no JSON", $"Check {XaiClient.AddressSetting}."));
        }
    }

    private static byte[] Doubled(byte[] bytes)
    {
        var larger = ArrayPool<byte>.Shared.Rent(bytes.Length * 2);
        bytes.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(bytes);
        return larger;
    }

    private static async ValueTask<int> ReadAsync(Stream body, Memory<byte> part, TryLimits limits)
    {
        limits.Waiting();
        var read = await body.ReadAsync(part, limits.Token);
        limits.Arrived();
        return read;
    }
}
