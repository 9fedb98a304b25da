using System.Collections.Concurrent;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Egresses;
using GrokForge.ServiceDefaults.Protection;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.GrokWeb;

namespace GrokForge.Upstream.Challenges;

/// <summary>
/// Gives requests the clearance of their egress. The operator's own (proxy.cf_clearance, or one in proxy.cf_cookies, with proxy.user_agent) comes first; once it met a
/// challenge, and where there is none, the solver's takes its place, as a whole.
/// </summary>
internal sealed class EgressClearance(HeldClearances held, SecretProtector protector, TimeProvider time)
{
    private const string SolverRemedy =
        "The clearance solver was asked and its clearance, if it got one, did not help: GET /admin/clearance tells why. Else set proxy.cf_clearance together with the "
        + "proxy.user_agent it was issued to, or use another egress (proxy.base_proxy_url).";

    /// <summary>By egress: the operator's own that met a challenge there.</summary>
    private readonly ConcurrentDictionary<string, ProxyOptions> _refused = new(StringComparer.Ordinal);
    private volatile Dressed? _latest;

    /// <summary>The settings that a request to the web upstream goes by.</summary>
    public ValueTask<Cleared> ForAsync(SettingsSnapshot settings, CancellationToken cancellationToken) =>
        settings.Proxy.HasSolver ? ClearedAsync(settings, cancellationToken) : new(new Cleared(settings, "", ""));

    /// <summary>A request was refused. Where that was a challenge, a solve is asked for; the words for it name what can be done.</summary>
    /// <param name="cleared">What the request went by.</param>
    public Refusal Refused(Cleared cleared, Refusal refusal)
    {
        if (refusal.Outcome != LeaseOutcome.ChallengeHit || cleared.Egress.Length == 0)
            return refusal;
        var proxy = cleared.Settings.Proxy;
        if (cleared.Version.Length == 0 && GrokCookies.HasClearance(proxy))
            _refused[cleared.Egress] = proxy;
        _ = held.AskAsync(cleared.Egress, cleared.Version, proxy.ChallengeWait);
        return refusal with { Remedy = refusal.Verdict == Verdict.AntiBot ? $"{SolverRemedy} {Refusal.AntiBot.Remedy}" : SolverRemedy };
    }

    /// <summary>Waits for the solve that a challenged request has asked for.</summary>
    public async Task SolvedAsync(SettingsSnapshot settings, CancellationToken cancellationToken)
    {
        if (!settings.Proxy.HasSolver)
            return;
        var asking = held.Asking(EgressName.Of(settings.Proxy.BaseProxyUrl, protector));
        // A wait that passes is no fault: the request goes on with what there is.
        await asking.WaitAsync(settings.Proxy.ChallengeWait, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async ValueTask<Cleared> ClearedAsync(SettingsSnapshot settings, CancellationToken cancellationToken)
    {
        var egress = EgressName.Of(settings.Proxy.BaseProxyUrl, protector);
        if (GrokCookies.HasClearance(settings.Proxy) && !IsRefused(egress, settings.Proxy))
            return new Cleared(settings, egress, "");

        var clearance = await held.OfAsync(egress, cancellationToken);
        if (!clearance.IsThere)
            return new Cleared(settings, egress, "");
        if (_latest is { } latest && ReferenceEquals(latest.From, settings) && ReferenceEquals(latest.Clearance, clearance))
            return latest.Cleared;
        var cleared = new Cleared(clearance.On(settings), egress, clearance.Version);
        _latest = new Dressed(settings, clearance, cleared);
        return cleared;
    }

    private bool IsRefused(string egress, ProxyOptions proxy) =>
        _refused.TryGetValue(egress, out var refused) && refused.CfClearance == proxy.CfClearance && refused.CfCookies == proxy.CfCookies && refused.UserAgent == proxy.UserAgent;

    /// <summary>The latest settings given, so that requests in a row share them.</summary>
    private sealed record Dressed(SettingsSnapshot From, HeldClearance Clearance, Cleared Cleared);
}
