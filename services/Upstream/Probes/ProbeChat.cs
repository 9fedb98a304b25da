using System.Text.Json;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Quotas;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.GrokWeb;
using GrokForge.Upstream.Leases;

namespace GrokForge.Upstream.Probes;

/// <summary>Holds the shortest of chats with one token: what a gate lets through elsewhere, it may refuse there. The upstream counts it.</summary>
internal sealed class ProbeChat(IEnumerable<IChatProvider> providers, CurrentCatalog catalog, TimeProvider time)
{
    private const string Question = "Answer with the word OK.";
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(30);

    /// <summary>How the model is asked with a token of that pool; null: it is not.</summary>
    public Route? RouteOf(ProbeRequest request)
    {
        var provider = request.Pool == Pools.Xai ? Pools.Xai : GrokWebProvider.ProviderName;
        return catalog.Current.FindCallable(request.Model) is { Type: ModelType.Chat } model && model.Routes.Contains(provider) && model.PoolsOn(provider).Contains(request.Pool)
            ? model.RouteOn(provider)
            : null;
    }

    /// <summary>Why it was refused; null: it was answered.</summary>
    public async Task<Refusal?> RefusedAsync(ProbeRequest request, Route route, string secret, SettingsSnapshot settings, CancellationToken cancellationToken)
    {
        var provider = providers.First(p => p.Name == route.Provider);
        using var patience = new CancellationTokenSource(Within, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        using var limits = new TryLimits(Shorter(settings.Retry.FirstByteTimeout), Shorter(settings.Upstream.IdleTimeout), time, either.Token);
        var lease = new Lease(new Grant { TokenId = request.TokenId, Pool = request.Pool }, route, secret, settler: null, renewer: null);
        try
        {
            await using var answer = await provider.OpenAsync(new ChatTry(CallOf(request.Model, route), lease, settings, limits), either.Token);
            if (answer.Refusal is { } refusal)
                return refusal;
            await foreach (var _ in answer.ReadEventsAsync(either.Token))
            {
                // What it says does not matter.
            }
            return answer.Refusal;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return Refusal.Unavailable($"did not end a short answer within {Within.TotalSeconds:0} s");
        }
    }

    private static TimeSpan Shorter(TimeSpan limit) => limit < Within / 2 ? limit : Within / 2;

    private static ChatCall CallOf(string model, Route route) => new()
    {
        RequestId = $"probe-{Guid.NewGuid():N}",
        Model = model,
        Routes = { route },
        Whole = true,
        Temporary = true,
        Messages = { new Message { Role = "user", Parts = { new Part { Text = Question } } } },
        OpenaiBody = ByteString.CopyFrom(JsonSerializer.SerializeToUtf8Bytes(new { model, messages = new[] { new { role = "user", content = Question } } })),
    };
}
