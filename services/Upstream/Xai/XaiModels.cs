using System.Net;
using System.Text.Json;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.Connections;

namespace GrokForge.Upstream.Xai;

/// <summary>Asks the official API, with one key, which models it has.</summary>
internal sealed class XaiModels(XaiClient client, TimeProvider time)
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(10);

    // What the address leads to may be anything.
    private const int LongestList = 4 * 1024 * 1024;
    private const int MostModels = 2000;
    private const int LongestId = 256;

    public async Task<(IReadOnlyList<string>? Ids, Refusal? Refusal)> ReadAsync(SettingsSnapshot snapshot, string key, CancellationToken cancellationToken)
    {
        using var limits = new TryLimits(Within, Within, time, cancellationToken);
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
        catch (OperationCanceledException) when (limits.Passed && !cancellationToken.IsCancellationRequested)
        {
            return (null, Refusal.NoNetwork($"did not tell its models within {Within.TotalSeconds:0} s", "Check the network and proxy.base_proxy_url."));
        }
        catch (HttpRequestException e)
        {
            return (null, Unreachable.Of(e, XaiClient.AddressSetting));
        }
        catch (IOException)
        {
            return (null, Refusal.CutOff);
        }
        catch (JsonException)
        {
            return (null, Refusal.Unavailable("told its models in a way that cannot be read", $"Check {XaiClient.AddressSetting}."));
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
}
