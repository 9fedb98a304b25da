using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Challenges;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.Connections;

namespace GrokForge.Upstream.GrokWeb.Quotas;

/// <summary>Asks Grok's web application for one window of one token: over the connections, headers and clearance of its chats, so that both look alike from outside.</summary>
internal sealed class RateLimits(UpstreamConnections connections, EgressClearance clearances, TimeProvider time)
{
    private const string Path = "/rest/rate-limits";
    private const int AnswerLimit = 64 * 1024;
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(10);

    private static readonly Refusal Unreadable = Refusal.Unavailable("told a quota window that cannot be read");

    /// <param name="mode">The mode's name upstream.</param>
    public async Task<(QuotaWindow? Window, Refusal? Refusal)> ReadAsync(SettingsSnapshot settings, string secret, string mode, CancellationToken cancellationToken)
    {
        using var use = connections.Use(settings);
        using var limits = new TryLimits(Within, Within, time, cancellationToken);
        try
        {
            var cleared = await clearances.ForAsync(settings, limits.Token);
            using var request = Request(cleared.Settings, secret, mode);
            using var response = await use.SendAsync(request, limits.Token);
            if (response.StatusCode == HttpStatusCode.OK)
                return await WindowAsync(response, limits.Token) is { } window ? (window, null) : (null, Unreadable);

            var refusal = await GrokRefusals.ReadAsync(response, settings, time, limits.Token);
            if (refusal.Next == NextStep.FreshConnections)
                connections.Renew(use);
            return (null, clearances.Refused(cleared, refusal));
        }
        catch (OperationCanceledException) when (limits.Passed && !cancellationToken.IsCancellationRequested)
        {
            return (null, Refusal.NoNetwork($"told no quota window within {Within.TotalSeconds:0} s", "Check the network and proxy.base_proxy_url."));
        }
        catch (HttpRequestException e)
        {
            return (null, Unreachable.Of(e, "upstream.web_base_url"));
        }
        catch (Exception e) when (GrokWebProvider.IsBrokenBody(e))
        {
            return (null, Refusal.CutOff);
        }
    }

    private static async Task<QuotaWindow?> WindowAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var bytes = new byte[AnswerLimit];
        var read = await stream.ReadAtLeastAsync(bytes, AnswerLimit, throwOnEndOfStream: false, cancellationToken);
        return RateLimitAnswer.Read(bytes.AsMemory(0, read));
    }

    private static HttpRequestMessage Request(SettingsSnapshot settings, string secret, string mode)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(new RateLimitQuestion(mode), QuotaJson.Default.RateLimitQuestion));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, settings.Upstream.WebBaseUrl.TrimEnd('/') + Path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Content = content,
        };
        GrokHeaders.Apply(request, settings);
        request.Headers.TryAddWithoutValidation("Cookie", GrokCookies.Header(secret, settings.Proxy));
        return request;
    }
}
