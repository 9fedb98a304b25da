using GrokForge.Contracts.Chat;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Leases;

namespace GrokForge.Upstream.Chat;

/// <summary>Speaks one upstream's language: sends a chat request with a borrowed token and reads the answer.</summary>
internal interface IChatProvider
{
    /// <summary>The name that catalog routes use, such as grok_web.</summary>
    string Name { get; }

    /// <summary>Where its upstream is.</summary>
    string AddressOf(SettingsSnapshot settings);

    /// <summary>What this provider cannot do for the call, said before a token is borrowed; null: it can serve it.</summary>
    Failed? Objection(ChatCall call);

    /// <summary>Awaits what a refused request may profit from before it is tried again, such as a clearance that is being solved for.</summary>
    Task RecoverAsync(Refusal refusal, SettingsSnapshot settings, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Sends the request and waits for the first answer event, a refusal or one of the limits.</summary>
    Task<ChatAnswer> OpenAsync(ChatTry attempt, CancellationToken cancellationToken);
}

/// <summary>One try of one request on one token.</summary>
internal sealed record ChatTry(ChatCall Call, Lease Lease, SettingsSnapshot Settings, TryLimits Limits);
