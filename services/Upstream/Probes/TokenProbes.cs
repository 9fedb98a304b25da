using System.Security.Cryptography;
using GrokForge.Contracts.Quotas;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Protection;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.GrokWeb.Quotas;
using GrokForge.Upstream.Xai;
using Grpc.Core;

namespace GrokForge.Upstream.Probes;

/// <summary>
/// Tries a token as requests would: by the same connections, headers and clearance, told in the same words. It is not borrowed and its state does not change; a circuit
/// breaker is passed by, as the question is whether the upstream answers.
/// </summary>
internal sealed partial class TokenProbes(RateLimits limits, XaiModels models, ProbeChat chat, SavedState saved, ILogger<TokenProbes> log) : IUpstreamProbes
{
    private static readonly Refusal NotReady = Refusal.Unavailable("was not asked, because the saved settings have not been read yet", "Try again in a moment; GET /health tells what is missing.");

    public async Task<ProbeReply> TryAsync(ProbeRequest request, CancellationToken cancellationToken)
    {
        var model = request.Model.Length == 0 ? null
            : ProbeChat.RouteOf(request, saved.Catalog) ?? throw new RpcException(new Status(StatusCode.InvalidArgument, $"model: it is not asked with tokens of pool {request.Pool}."));
        List<string> passed = [];
        var refusal = await RefusedAsync(request, model, passed, cancellationToken);
        var reply = new ProbeReply
        {
            Verdict = NameOf(refusal?.Verdict ?? Verdict.Works),
            Message = refusal?.Sentence ?? (model is null ? "The upstream accepts the token." : "The upstream accepts the token and answers a chat."),
            Remedy = refusal?.Remedy ?? "",
        };
        reply.Passed.AddRange(passed);
        Log.Tried(log, request.TokenId, request.Pool, reply.Verdict, reply.Message, reply.Remedy);
        return reply;
    }

    private async Task<Refusal?> RefusedAsync(ProbeRequest request, Route? model, List<string> passed, CancellationToken cancellationToken)
    {
        if (!saved.IsReady)
            return NotReady;
        if (Open(request) is not { } secret)
            return Refusal.SecretUnreadable;
        var isApi = request.Pool == Pools.Xai;
        var refusal = isApi
            ? (await models.ReadAsync(saved.Settings, secret, cancellationToken)).Refusal
            : (await limits.ReadAsync(saved.Settings, secret, ModeOf(model), cancellationToken)).Refusal;
        if (refusal is not null)
            return refusal;
        passed.Add(isApi ? "models" : "quota");
        if (model is null)
            return null;
        refusal = await chat.RefusedAsync(request, model, secret, saved.Settings, cancellationToken);
        if (refusal is null)
            passed.Add("chat");
        return refusal;
    }

    /// <summary>The mode whose window is asked for: that of the chat, else any.</summary>
    private string ModeOf(Route? model) => model is { UpstreamMode.Length: > 0 } ? model.UpstreamMode : saved.Catalog.Modes.First(m => !m.Local).UpstreamName;

    private string? Open(ProbeRequest request)
    {
        try
        {
            return saved.Protector.Unprotect(request.ProtectedSecret.Span);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static string NameOf(Verdict verdict) => verdict switch
    {
        Verdict.Works => "works",
        Verdict.Expired => "expired",
        Verdict.Blocked => "blocked",
        Verdict.Rejected => "rejected",
        Verdict.Challenge => "challenge",
        Verdict.AntiBot => "anti_bot",
        Verdict.RateLimited => "rate_limited",
        Verdict.NoNetwork => "no_network",
        Verdict.Misconfigured => "misconfigured",
        _ => "unavailable",
    };

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Token {TokenId} of pool {Pool} was tried: {Verdict}. {Message} {Remedy}")]
        public static partial void Tried(ILogger logger, long tokenId, string pool, string verdict, string message, string remedy);
    }
}

/// <summary>What a probe goes by.</summary>
internal sealed class SavedState(CurrentSettings settings, CurrentCatalog catalog, SecretProtector protector)
{
    public bool IsReady => settings.Ready.IsCompletedSuccessfully;

    public SettingsSnapshot Settings => settings.Current;

    public ModelCatalog Catalog => catalog.Current;

    public SecretProtector Protector => protector;
}
