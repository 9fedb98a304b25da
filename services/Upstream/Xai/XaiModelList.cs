using System.Net;
using System.Text.Json;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Quotas;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.Leases;

namespace GrokForge.Upstream.Xai;

/// <summary>Tells which models the official API has: read with a borrowed key, remembered for a while, told only while there is a key to use them with.</summary>
internal sealed partial class XaiModelList(XaiClient client, TokenBorrower tokens, CurrentSettings settings, TimeProvider time, ILogger<XaiModelList> log) : IUpstreamModels
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ReadWithin = TimeSpan.FromSeconds(10);

    // What the address leads to may be anything.
    private const int LongestList = 4 * 1024 * 1024;
    private const int MostModels = 2000;
    private const int LongestId = 256;

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
            var (ids, refusal) = await ReadAsync(snapshot, lease.Secret, cancellationToken);
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

    private async Task<(IReadOnlyList<string>? Ids, Refusal? Refusal)> ReadAsync(SettingsSnapshot snapshot, string key, CancellationToken cancellationToken)
    {
        using var limits = new TryLimits(ReadWithin, ReadWithin, time, cancellationToken);
        try
        {
            using var response = await client.SendAsync(snapshot, key, XaiPath.Models, body: null, limits.Token);
            if (response.Status != HttpStatusCode.OK)
                return (null, await XaiRefusals.ReadAsync(response, key, time, limits));
            await using var body = await response.ReadAsync(limits.Token);
            var bytes = new byte[LongestList + 1];
            var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, limits.Token);
            if (length > LongestList)
                return (null, Refusal.Unavailable($"told its models in more than {LongestList} bytes"));
            using var list = JsonDocument.Parse(bytes.AsMemory(0, length));
            return (IdsOf(list.RootElement), null);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException || (e is OperationCanceledException && limits.Passed))
        {
            return (null, Refusal.Unavailable("did not tell its models"));
        }
    }

    private static List<string> IdsOf(JsonElement list)
    {
        var ids = new SortedSet<string>(StringComparer.Ordinal);
        if (list.ValueKind != JsonValueKind.Object || !list.TryGetProperty("data", out var models) || models.ValueKind != JsonValueKind.Array)
            return [];
        foreach (var model in models.EnumerateArray())
        {
            if (model.ValueKind == JsonValueKind.Object && model.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String && id.GetString() is { Length: > 0 and <= LongestId } text)
                ids.Add(text);
        }

        return [.. ids.Take(MostModels)];
    }

    /// <summary>The list as it was read last.</summary>
    private sealed record Reading(string BaseUrl, DateTimeOffset ReadAt, IReadOnlyList<string> Ids);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The models of the official API were not read: the upstream {What}.")]
        public static partial void Unread(ILogger logger, string what);
    }
}
