using System.Net;
using System.Net.Http.Headers;
using GrokForge.Contracts.Chat;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Challenges;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.Connections;
using GrokForge.Upstream.GrokWeb.AnswerImages;
using GrokForge.Upstream.GrokWeb.Answers;
using GrokForge.Upstream.GrokWeb.Structured;
using GrokForge.Upstream.GrokWeb.Tools;
using GrokForge.Upstream.GrokWeb.Uploads;

namespace GrokForge.Upstream.GrokWeb;

/// <summary>Speaks to Grok's web application: one new conversation per request, over HTTP.</summary>
internal sealed class GrokWebProvider(UpstreamConnections connections, AssetConnections assets, EgressClearance clearances, TimeProvider time, ILogger<ImageFetch> log) : IChatProvider
{
    /// <summary>As catalog routes name it.</summary>
    public const string ProviderName = "grok_web";

    private const string ChatPath = "/rest/app-chat/conversations/new";

    public string Name => ProviderName;

    public string AddressOf(SettingsSnapshot settings) => settings.Upstream.WebBaseUrl;

    public Failed? Objection(ChatCall call)
    {
        var hasText = false;
        foreach (var message in call.Messages)
        {
            foreach (var part in message.Parts)
            {
                hasText |= part.KindCase is Part.KindOneofCase.Image or Part.KindOneofCase.File || !string.IsNullOrWhiteSpace(part.Text);
            }
            hasText |= !message.ToolCalls.IsEmpty;
        }

        return hasText ? OutputFormat.Objection(call) : ChatFailures.NoText();
    }

    /// <summary>After a challenge the egress may be being solved for.</summary>
    public Task RecoverAsync(Refusal refusal, SettingsSnapshot settings, CancellationToken cancellationToken) =>
        refusal.Next == NextStep.FreshConnections ? clearances.SolvedAsync(settings, cancellationToken) : Task.CompletedTask;

    public Task<ChatAnswer> OpenAsync(ChatTry attempt, CancellationToken cancellationToken) => StructuredOutput.OpenAsync(attempt, OpenWithToolsAsync, cancellationToken);

    private Task<ChatAnswer> OpenWithToolsAsync(ChatTry attempt, CancellationToken cancellationToken) => ToolCalling.OpenAsync(attempt, OpenPlainAsync, cancellationToken);

    private async Task<ChatAnswer> OpenPlainAsync(ChatTry wish, CancellationToken cancellationToken)
    {
        var way = new ImageWay(connections.Use(wish.Settings), assets, wish.Settings);
        var use = way.Answers;
        HttpResponseMessage? response = null;
        GrokAnswer? answer = null;
        try
        {
            var cleared = await clearances.ForAsync(wish.Settings, wish.Limits.Token);
            var attempt = wish with { Settings = cleared.Settings };
            if (await FileUploads.UploadAsync(attempt, use, time) is { } refusal)
                return Refuse(refusal, use, cleared);

            using var request = Request(attempt);
            response = await use.SendAsync(request, attempt.Limits.Token);
            if (response.StatusCode != HttpStatusCode.OK)
                return Refuse(await GrokRefusals.ReadAsync(response, attempt.Settings, time, attempt.Limits.Token), use, cleared);

            attempt.Lease.UpstreamBegan();
            answer = await GrokAnswer.BeginAsync(response, new ImageFetch(attempt, way, AnswerRules.Of(attempt.Settings), time, log), attempt.Limits, cancellationToken);
            if (answer.Refusal is not { Next: NextStep.FreshConnections } challenge)
                return answer;
            await answer.DisposeAsync();
            return Refuse(challenge, use, cleared);
        }
        catch (OperationCanceledException) when (wish.Limits.Passed && !cancellationToken.IsCancellationRequested)
        {
            return new RefusedAnswer(wish.Limits.Refusal());
        }
        catch (HttpRequestException e)
        {
            return new RefusedAnswer(Unreachable.Of(e, "upstream.web_base_url"));
        }
        catch (Exception e) when (IsBrokenBody(e))
        {
            return new RefusedAnswer(Refusal.CutOff);
        }
        finally
        {
            if (answer is null)
            {
                response?.Dispose();
                way.Dispose();
            }
        }
    }

    /// <summary>Whether a body broke off or is not what its Content-Encoding says: GZipStream and BrotliStream say the latter each in its own way.</summary>
    internal static bool IsBrokenBody(Exception e) => e is IOException or InvalidDataException || (e is InvalidOperationException && e.Source == "System.IO.Compression.Brotli");

    private RefusedAnswer Refuse(Refusal refusal, ConnectionUse use, Cleared cleared)
    {
        if (refusal.Next == NextStep.FreshConnections)
            connections.Renew(use);
        return new RefusedAnswer(clearances.Refused(cleared, refusal));
    }

    private static HttpRequestMessage Request(ChatTry attempt)
    {
        var settings = attempt.Settings;
        var content = new ReadOnlyMemoryContent(GrokChatBody.Write(attempt.Call, attempt.Lease.Route, settings.App, attempt.Lease.UploadedFiles));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, settings.Upstream.WebBaseUrl.TrimEnd('/') + ChatPath)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Content = content,
        };
        GrokHeaders.Apply(request, settings);
        request.Headers.TryAddWithoutValidation("Cookie", GrokCookies.Header(attempt.Lease.Secret, settings.Proxy));
        return request;
    }
}
