using GrokForge.Contracts.Quotas;
using GrokForge.ServiceDefaults.Protection;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;
using Grpc.Core;

namespace GrokForge.Upstream.Probes;

/// <summary>
/// Tries a token as requests would: by the same connections, headers and clearance, told in the same words. It is not borrowed and its state does not change; a circuit
/// breaker is passed by, as the question is whether the upstream answers.
/// </summary>
internal sealed partial class TokenProbes(FreeQuestion question, ProbeChat chat, CurrentSettings settings, SecretProtector protector, ILogger<TokenProbes> log) : IUpstreamProbes
{
    private static readonly Refusal NotReady = Refusal.Unavailable("was not asked, because the saved settings have not been read yet", "Try again in a moment; GET /health tells what is missing.");

    public async Task<ProbeReply> TryAsync(ProbeRequest request, CancellationToken cancellationToken)
    {
        var route = request.Model.Length == 0 ? null
            : chat.RouteOf(request) ?? throw new RpcException(new Status(StatusCode.InvalidArgument, $"model: it is not asked with tokens of pool {request.Pool}."));
        List<string> passed = [];
        var refusal = await RefusedAsync(request, route, passed, cancellationToken);
        var reply = new ProbeReply
        {
            Verdict = NameOf(refusal?.Verdict ?? Verdict.Works),
            Message = refusal?.Sentence ?? (route is null ? "The upstream accepts the token." : "The upstream accepts the token and answers a chat."),
            Remedy = refusal?.Remedy ?? "",
        };
        reply.Passed.AddRange(passed);
        Log.Tried(log, request.TokenId, request.Pool, reply.Verdict, reply.Message, reply.Remedy);
        return reply;
    }

    private async Task<Refusal?> RefusedAsync(ProbeRequest request, Route? route, List<string> passed, CancellationToken cancellationToken)
    {
        if (!settings.Ready.IsCompletedSuccessfully)
            return NotReady;
        if (protector.TryUnprotect(request.ProtectedSecret.Span) is not { } secret)
            return Refusal.SecretUnreadable;
        var snapshot = settings.Current;
        if (await question.RefusedAsync(request.Pool, route, secret, snapshot, cancellationToken) is { } refused)
            return refused;
        passed.Add(FreeQuestion.NameFor(request.Pool));
        if (route is null)
            return null;
        var refusal = await chat.RefusedAsync(request, route, secret, snapshot, cancellationToken);
        if (refusal is null)
            passed.Add("chat");
        return refusal;
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
