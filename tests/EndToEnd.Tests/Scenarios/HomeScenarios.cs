using System.Globalization;
using System.Text.Json;
using GrokForge.EndToEnd.Tests.Homes;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>Tests that share a home: each starts on a clean upstream without tokens, and whatever it sent there kept the protocol.</summary>
public abstract class HomeScenarios(Home home) : IAsyncLifetime
{
    private NginxProxy? _nginx;

    protected Home Home => home;

    /// <summary>Whether clients come through a real nginx with default settings.</summary>
    protected virtual bool IsBehindNginx => false;

    /// <summary>Where clients are pointed at, without the /v1.</summary>
    protected Uri Entrance => _nginx?.Address ?? home.Gateways[0];

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync()
    {
        home.SkipUnlessAvailable();
        if (IsBehindNginx)
            NginxProxy.SkipUnlessAvailable();
        await home.EnsureRunningAsync();
        home.Grok.Reset();
        await home.RemoveTokensAsync();
        if (IsBehindNginx)
            _nginx = await NginxProxy.StartAsync(home.Gateways[0], Cancelled);
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_nginx is not null)
            await _nginx.DisposeAsync();
        Assert.Empty(home.Grok.Violations);
    }

    protected async Task<IReadOnlyList<JsonElement>> TokensAsync() =>
        [.. (await home.AdminAsync(HttpMethod.Get, "admin/tokens?page_size=100")).GetProperty("data").EnumerateArray()];

    /// <summary>The usage rows of these requests, among the newest 300.</summary>
    protected async Task<IReadOnlyList<JsonElement>> UsageRowsAsync(params IEnumerable<string> requestIds)
    {
        var wanted = requestIds.ToHashSet();
        List<JsonElement> rows = [];
        for (var page = 1; page <= 3; page++)
        {
            var answer = await home.AdminAsync(HttpMethod.Get, $"admin/usage/logs?page_size=100&page={page.ToString(CultureInfo.InvariantCulture)}");
            rows.AddRange(answer.GetProperty("data").EnumerateArray().Where(row => wanted.Contains(row.GetProperty("request_id").GetString()!)));
        }

        return rows;
    }

    /// <summary>The request's id, as the answer tells it.</summary>
    protected static string IdOf(HttpResponseMessage answer) => answer.Headers.GetValues("x-request-id").Single();
}
