using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Quotas;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.Leases;

namespace GrokForge.Upstream.Xai;

/// <summary>Tells which models the official API has: read with a borrowed key, remembered for a while, told only while there is a key to use them with.</summary>
internal sealed partial class XaiModelList(XaiModels models, TokenBorrower tokens, CurrentSettings settings, TimeProvider time, ILogger<XaiModelList> log) : IUpstreamModels
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromMinutes(10);

    private volatile Reading _last = new("", default, []);

    public async Task<ListUpstreamModelsReply> ListAsync(ListUpstreamModelsRequest request, CancellationToken cancellationToken)
    {
        var reply = new ListUpstreamModelsReply();
        if (request.Provider == Pools.Xai && settings.Ready.IsCompletedSuccessfully)
            reply.Ids.AddRange(await ListAsync(settings.Current, cancellationToken));
        return reply;
    }

    private async Task<IReadOnlyList<string>> ListAsync(SettingsSnapshot snapshot, CancellationToken cancellationToken)
    {
        var route = new Route { Provider = Pools.Xai, Pools = { Pools.Xai } };
        var turn = new BorrowTurn(new ChatCall(), [route], snapshot, new RetryPlan(snapshot, time));
        await foreach (var lease in tokens.BorrowInTurnAsync(turn, cancellationToken))
        {
            await using var _ = lease;
            if (time.GetUtcNow() < _last.ReadAt + FreshFor && Known(snapshot) is { Count: > 0 } known)
                return known;

            lease.BeginTry();
            var (ids, refusal) = await models.ReadAsync(snapshot, lease.Secret, cancellationToken);
            if (ids is not null)
            {
                lease.Succeeded();
                _last = new Reading(snapshot.Upstream.XaiBaseUrl, time.GetUtcNow(), ids);
                return ids;
            }

            lease.Refused(refusal!);
            turn.Refused(refusal!);
            Log.Unread(log, refusal!.What);
            if (refusal.Next != NextStep.NextToken)
                return Known(snapshot);
        }

        // Keys that are all at work, or rest for a moment, are there all the same.
        return turn.None?.Reason is NoToken.Types.Reason.Busy or NoToken.Types.Reason.Exhausted ? Known(snapshot) : [];
    }

    /// <summary>What was read last from the address in force.</summary>
    private IReadOnlyList<string> Known(SettingsSnapshot snapshot) => _last is var last && last.BaseUrl == snapshot.Upstream.XaiBaseUrl ? last.Ids : [];

    /// <summary>The list as it was read last.</summary>
    private sealed record Reading(string BaseUrl, DateTimeOffset ReadAt, IReadOnlyList<string> Ids);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The models of the official API were not read: the upstream {What}.")]
        public static partial void Unread(ILogger logger, string what);
    }
}
