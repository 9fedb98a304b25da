using System.Buffers;
using System.Net;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.GrokWeb.Answers;

namespace GrokForge.Upstream.GrokWeb.AnswerImages;

/// <summary>Fetches an answer's pictures as the account that they were made for, over the answer's own connections. What cannot be fetched becomes its alt text.</summary>
internal sealed partial class ImageFetch(ChatTry attempt, ImageWay way, AnswerRules rules, TimeProvider time, ILogger<ImageFetch> log)
{
    /// <summary>Bytes of one picture: with its frame it must fit into one message between services.</summary>
    public const int MostBytes = 20 * 1024 * 1024;

    /// <summary>Pictures fetched for one answer; further ones become their alt text.</summary>
    public const int MostPictures = 32;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(750)];

    private int _asked;

    /// <summary>The last answer was a challenge, and was waited for.</summary>
    private bool _isChallenged;

    /// <summary>The answer's hold on connections.</summary>
    public ImageWay Way => way;

    public AnswerRules Rules => rules;

    /// <returns>The picture, or the text that stands for it.</returns>
    public async Task<ChatEvent> FetchAsync(ImageReference image, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        string? why;
        try
        {
            var (bytes, problem) = await TryAsync(image, patience, either.Token);
            if (bytes is not null && ImageKind.Of(bytes.Value.Span) is { } kind)
                return new ChatEvent { Media = new Media { Data = UnsafeByteOperations.UnsafeWrap(bytes.Value), ContentType = kind, Alt = image.Alt } };
            why = problem ?? "it is none of the known kinds";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            why = $"it took more than {Patience.TotalSeconds:0} s";
        }
        catch (Exception e) when (e is HttpRequestException || GrokWebProvider.IsBrokenBody(e))
        {
            why = "the connection failed";
        }

        Log.NotFetched(log, attempt.Call.RequestId, attempt.Lease.TokenId, why);
        return new ChatEvent { Text = ByteString.CopyFromUtf8(image.Alt) };
    }

    private async Task<(ReadOnlyMemory<byte>? Bytes, string? Problem)> TryAsync(ImageReference image, CancellationTokenSource patience, CancellationToken cancellationToken)
    {
        if (rules.Media.Locate(image.Address) is not { } address)
            return (null, "it is not on a host of the upstream");
        if (++_asked > MostPictures)
            return (null, $"the answer has more than {MostPictures}");
        for (var tries = 0; ; tries++)
        {
            var use = await way.OpenAsync(cancellationToken);
            using var request = Request(address, use.Cleared.Settings);
            using var response = await use.Connections.SendAsync(request, cancellationToken);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                _isChallenged = false;
                return await ReadAsync(response.Content, cancellationToken);
            }

            var refusal = await GrokRefusals.ReadAsync(response, attempt.Settings, time, cancellationToken);
            var isChallenge = refusal.Next == NextStep.FreshConnections;
            if (isChallenge && _isChallenged)
                return (null, "the upstream answered with a challenge, and a solve or fresh connections did not help");
            if (tries == Pauses.Length || !(isChallenge || MayPass((int)response.StatusCode)))
                return (null, $"the upstream answered {(int)response.StatusCode}");
            if (isChallenge)
                await RecoverAsync(refusal, patience, cancellationToken);
            await Task.Delay(Pauses[tries], time, cancellationToken);
        }
    }

    /// <summary>Once, until a picture gets through: pictures of an answer that nobody clears must not each wait for a solve.</summary>
    private async Task RecoverAsync(Refusal refusal, CancellationTokenSource patience, CancellationToken cancellationToken)
    {
        _isChallenged = true;
        // The wait has a limit of its own, proxy.challenge_wait.
        patience.CancelAfter(Timeout.InfiniteTimeSpan);
        await way.RecoverAsync(refusal, cancellationToken);
        patience.CancelAfter(Patience);
    }

    private HttpRequestMessage Request(Uri address, SettingsSnapshot settings)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
        GrokHeaders.Apply(request, settings);
        request.Headers.TryAddWithoutValidation("Cookie", GrokCookies.Header(attempt.Lease.Secret, settings.Proxy));
        return request;
    }

    private static async Task<(ReadOnlyMemory<byte>? Bytes, string? Problem)> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        const string tooLarge = "it is too large";
        if (content.Headers.ContentLength > MostBytes)
            return (null, tooLarge);
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var bytes = new ArrayBufferWriter<byte>((int)(content.Headers.ContentLength ?? 64 * 1024) + 1);
        while (await stream.ReadAsync(bytes.GetMemory(), cancellationToken) is var read and > 0)
        {
            bytes.Advance(read);
            if (bytes.WrittenCount > MostBytes)
                return (null, tooLarge);
        }
        return (bytes.WrittenMemory, null);
    }

    private static bool MayPass(int status) => status is 403 or 408 or 425 or 429 or >= 500;

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "A picture in the answer to request {RequestId} could not be fetched with token {TokenId}: {Why}.")]
        public static partial void NotFetched(ILogger logger, string requestId, long tokenId, string why);
    }
}
