using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.Upstream.Leases;

namespace GrokForge.Upstream.Chat;

/// <summary>Puts the ends of a request that got no whole answer into the words and codes its client is told.</summary>
internal static class ChatFailures
{
    public static Failed NotSupported(string model) => new()
    {
        Kind = Failed.Types.Kind.NotSupported,
        HttpStatus = 501,
        Code = "not_implemented",
        Message = $"No route of model {model} leads to an upstream that this version speaks.",
    };

    public static Failed UnsupportedParameter(string param, string what) => new()
    {
        Kind = Failed.Types.Kind.NotSupported,
        HttpStatus = 400,
        Code = "unsupported_parameter",
        Param = param,
        Message = $"{what} cannot be used with this model yet.",
    };

    public static Failed NoText() => new()
    {
        Kind = Failed.Types.Kind.InvalidRequest,
        HttpStatus = 400,
        Code = "empty_messages",
        Param = "messages",
        Message = "The messages contain no text.",
    };

    public static Failed NotReady() => new()
    {
        Kind = Failed.Types.Kind.Overloaded,
        HttpStatus = 503,
        Code = "service_unavailable",
        Message = "The gateway has not read its saved settings yet. Try again in a moment.",
        RetryAfterSeconds = 5,
    };

    /// <summary>The end of a request whose upstream is left alone, as it fails as a whole.</summary>
    public static Failed UpstreamDown(string model, TimeSpan left) => new()
    {
        Kind = Failed.Types.Kind.Overloaded,
        HttpStatus = 503,
        Code = "service_unavailable",
        Message = $"The upstream of model {model} does not answer at the moment. It is asked again shortly.",
        RetryAfterSeconds = Math.Max(1, left.TotalSeconds),
    };

    /// <summary>The end of a request that found no token, or whose every token was refused.</summary>
    public static Failed Unserved(ChatCall call, BorrowTurn turn, RetryPlan plan)
    {
        var waitingHelps = turn.None?.Reason is NoToken.Types.Reason.Busy or NoToken.Types.Reason.Rebuilding;
        return After(turn, plan, plan.LastRefusal is { } refusal && !waitingHelps ? Refused(call, refusal, plan) : NoTokenLeft(call, turn));
    }

    /// <summary>The end of a request whose answer could not be used, with or without a correction.</summary>
    public static Failed Uncorrected(ChatCall call, BorrowTurn turn, RetryPlan plan, Refusal refusal) => After(turn, plan, Refused(call, refusal, plan));

    /// <summary>The end of a streamed answer that broke after its first event.</summary>
    public static Failed BrokenOff(ChatCall call, Lease lease, Refusal refusal, int attempts) => new()
    {
        Kind = Failed.Types.Kind.BrokenOff,
        HttpStatus = 502,
        Code = "upstream_error",
        Message = $"The answer of model {call.Model} broke off: {(refusal.Told is { Message.Length: > 0 } told ? told.Message : $"the upstream {refusal.What}.")}",
        Attempts = attempts,
        TokenId = lease.TokenId,
        Pool = lease.Pool,
    };

    private static Failed After(BorrowTurn turn, RetryPlan plan, Failed failed)
    {
        failed.Attempts = plan.Attempts;
        failed.TokenId = turn.LastTokenId;
        failed.Pool = turn.LastPool;
        return failed;
    }

    private static Failed Refused(ChatCall call, Refusal refusal, RetryPlan plan)
    {
        if (refusal.Told is { } told)
            return told.Clone();
        if (refusal.Outcome == LeaseOutcome.RefusedByPolicy)
        {
            return new Failed
            {
                Kind = Failed.Types.Kind.Policy,
                HttpStatus = 400,
                Code = "content_policy_violation",
                Message = "The upstream refused this request under its content policy.",
            };
        }

        var tries = plan.Attempts == 1 ? "1 try" : $"{plan.Attempts} tries";
        return new Failed
        {
            Kind = Failed.Types.Kind.Upstream,
            HttpStatus = 502,
            Code = refusal.Code ?? "upstream_error",
            Message = $"Model {call.Model} could not be served after {tries}: the upstream {refusal.What}. {refusal.Remedy}".TrimEnd(),
            RetryAfterSeconds = refusal.ResumeAfter?.TotalSeconds ?? 0,
        };
    }

    private static Failed NoTokenLeft(ChatCall call, BorrowTurn turn)
    {
        var floor = turn.Route.Pools.Count > 0 ? turn.Route.Pools[0] : turn.Route.Provider;
        var pools = turn.Route.Pools.Count > 1 ? $"pool {floor} or above" : $"pool {floor}";
        var reason = turn.None?.Reason switch
        {
            NoToken.Types.Reason.Exhausted => turn.Route.Scope.Length > 0 ? $"their quota of mode {turn.Route.Scope} is used up" : "their quota is used up",
            NoToken.Types.Reason.Busy => "all of them are busy",
            NoToken.Types.Reason.Rebuilding => "the token ledger is being rebuilt",
            _ => $"none is active; import one into pool {floor}",
        };
        return new Failed
        {
            Kind = Failed.Types.Kind.NoToken,
            HttpStatus = 503,
            Code = "no_token_available",
            Message = $"No token of {pools} is available for model {call.Model}: {reason}.",
            RetryAfterSeconds = turn.None?.RetryAfterSeconds ?? 0,
        };
    }
}
