using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Scripts;
using Npgsql;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>What replicas must agree on: stores, keys, settings, and which request is which.</summary>
[Collection(DistributedCollection.Name)]
public sealed partial class AgreementScenarios(DistributedHome home) : HomeScenarios(home)
{
    private const string Instruction = "Speak like a pirate.";
    private const string Origin = "https://one.example";
    private static readonly string[] AnyOrigin = ["*"];
    private static readonly HashSet<string> OnTheWay = ["gateway", "tokenpool", "upstream"];
    private readonly DistributedHome home = home;

    [Fact]
    public async Task Replicas_that_started_together_migrated_each_store_once()
    {
        var migrated = home.FirstWords.SelectMany(p => Migrated().Matches(p.Output).Select(m => (Store: m.Groups["store"].Value, Process: p.Name))).ToList();
        var stores = await StoresAsync();
        Assert.Equal(["admin", "clearance", "gateway", "tokenpool"], stores);
        Assert.Equal(stores, migrated.Select(m => m.Store).Order());
        Assert.All(migrated, m => Assert.StartsWith(m.Store == "clearance" ? "cfrefresh" : m.Store, m.Process, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_deleted_key_is_refused_by_every_gateway()
    {
        var (id, key) = await home.CreateKeyAsync();
        using var first = home.Client(key, 0);
        using var second = home.Client(key, 1);
        Assert.Equal(HttpStatusCode.OK, await ModelsAsync(first));
        Assert.Equal(HttpStatusCode.OK, await ModelsAsync(second));

        await home.AdminAsync(HttpMethod.Delete, $"admin/apikeys/{id.ToString(CultureInfo.InvariantCulture)}");
        await Until.PromisedAsync(
            TimeSpan.FromSeconds(1), async () => await ModelsAsync(first) == HttpStatusCode.Unauthorized && await ModelsAsync(second) == HttpStatusCode.Unauthorized,
            "both gateways refuse the key");
    }

    [Fact]
    public async Task A_changed_setting_acts_in_every_service()
    {
        await home.ImportTokensAsync(8);
        await home.ImportTokensAsync(1, "super");
        var (_, key) = await home.CreateKeyAsync();
        await home.PutConfigAsync(new { token = new { wait_for_slot = 0 } });
        using var client = home.Client(key);
        try
        {
            home.Grok.ForAnyToken.Next(Answer.Begin().Say("Once upon").Hold("end").End());
            using var held = await client.StreamAsync("Hold the slot", "grok-4.20-fast-super", Cancelled);
            Assert.Equal((0, 4, 4), (await MarkingGatewaysAsync(key), 4 - (await InstructedAsync(key)).Count, await LendingAsync(key)));

            await home.PutConfigAsync(new { app = new { custom_instruction = Instruction, cors_origins = new[] { Origin } }, token = new { max_inflight = 1 } });
            IReadOnlyList<string> traces = [];
            await Task.WhenAll(
                Until.PromisedAsync(TimeSpan.FromSeconds(1), async () => await MarkingGatewaysAsync(key) == 2, "both gateways mark their answers for the new origin"),
                Until.PromisedAsync(TimeSpan.FromSeconds(1), async () => (traces = await InstructedAsync(key)).Count == 4, "each chat carries the new instruction"),
                Until.PromisedAsync(TimeSpan.FromSeconds(1), async () => await LendingAsync(key) == 0, "no token pool lends a second slot"));

            // The four chats went over both upstreams, as their traces tell later.
            await Until.TrueAsync(
                () => Task.FromResult(traces.SelectMany(home.Traces.SpansOf).Select(s => s.Instance).Where(i => i.StartsWith("upstream", StringComparison.Ordinal)).Distinct().Count() == 2),
                "the traces name both upstreams");
        }
        finally
        {
            home.Grok.Gate("end").Open();
            await home.PutConfigAsync(new { app = new { custom_instruction = "", cors_origins = AnyOrigin }, token = new { max_inflight = 8, wait_for_slot = 5 } });
        }
    }

    [Fact]
    public async Task One_request_is_one_trace_and_one_id_over_all_services()
    {
        await home.ImportTokensAsync(1);
        using var client = home.Client((await home.CreateKeyAsync()).Key);
        var (trace, caller, id) = (Guid.NewGuid().ToString("N"), "00f067aa0ba902b7", $"one-trace-{Guid.NewGuid():N}");
        client.DefaultRequestHeaders.Add("traceparent", $"00-{trace}-{caller}-01");
        client.DefaultRequestHeaders.Add("x-request-id", id);
        using var answer = await client.ChatAsync("Trace me");
        await answer.ContentAsync();
        Assert.Equal(id, IdOf(answer));

        await Until.TrueAsync(() => Task.FromResult(Named(trace, id).SetEquals(OnTheWay)), "every service has exported a span with the request's id");
        IReadOnlyList<TraceSpan> spans = [];
        await Until.TrueAsync(
            () =>
            {
                spans = home.Traces.SpansOf(trace);
                var known = spans.Select(s => s.SpanId).Append(caller).ToHashSet();
                return Task.FromResult(spans.All(s => known.Contains(s.ParentId)));
            },
            () => $"each span hangs on another one, or on the caller's:\n{string.Join('\n', spans)}");
        Assert.Equal("gateway", Assert.Single(spans, s => s.ParentId == caller).Service);
        Assert.Subset(OnTheWay, spans.Select(s => s.Service).ToHashSet());
        Assert.DoesNotContain(home.Grok.Chats, c => c.Headers.ContainsKey("traceparent") || c.Headers.ContainsKey("x-request-id"));
    }

    [GeneratedRegex("The store (?<store>\\w+) was migrated to")]
    private static partial Regex Migrated();

    /// <summary>The services that tell this request's id in a span of the trace.</summary>
    private HashSet<string> Named(string trace, string id) =>
        [.. home.Traces.SpansOf(trace).Where(s => s.Attributes.GetValueOrDefault("grokforge.request_id") == id).Select(s => s.Service)];

    private static async Task<HttpStatusCode> ModelsAsync(HttpClient client)
    {
        using var answer = await client.GetAsync(new Uri("v1/models", UriKind.Relative), Cancelled);
        return answer.StatusCode;
    }

    /// <summary>The schemas of the database that have a history of migrations.</summary>
    private async Task<string[]> StoresAsync()
    {
        await using var source = NpgsqlDataSource.Create(home.DatabaseConnectionString);
        await using var command = source.CreateCommand("select coalesce(string_agg(substring(table_name from 14), ',' order by table_name), '') from information_schema.tables where table_name like '\\_\\_migrations\\_%'");
        return ((string)(await command.ExecuteScalarAsync(Cancelled))!).Split(',');
    }

    /// <summary>How many gateways answer that origin by its name.</summary>
    private async Task<int> MarkingGatewaysAsync(string key)
    {
        var marked = 0;
        for (var i = 0; i < home.Gateways.Count; i++)
        {
            using var client = home.Client(key, i);
            client.DefaultRequestHeaders.Add("Origin", Origin);
            using var answer = await client.GetAsync(new Uri("v1/models", UriKind.Relative), Cancelled);
            if (answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var allowed) && allowed.Single() == Origin)
                marked++;
        }

        return marked;
    }

    /// <summary>Sends two chats over each gateway and answers the traces of those that reached the upstream with the instruction.</summary>
    private async Task<IReadOnlyList<string>> InstructedAsync(string key)
    {
        var traces = Enumerable.Range(0, 4).Select(_ => Guid.NewGuid().ToString("N")).ToList();
        await Task.WhenAll(traces.Select(async (trace, i) =>
        {
            using var client = home.Client(key, i);
            client.DefaultRequestHeaders.Add("traceparent", $"00-{trace}-00f067aa0ba902b7-01");
            using var answer = await client.ChatAsync($"Probe {trace}");
            _ = await answer.Content.ReadAsStringAsync(Cancelled);
        }));
        return [.. traces.Where(trace => home.Grok.Chats.Any(c => c.Message.Contains(trace, StringComparison.Ordinal) && c.Text.Contains(Instruction, StringComparison.Ordinal)))];
    }

    /// <summary>Asks four times for the slot of the one super token beside the held one; answers how often it was lent.</summary>
    private async Task<int> LendingAsync(string key)
    {
        var statuses = await Task.WhenAll(Enumerable.Range(0, 4).Select(async i =>
        {
            using var client = home.Client(key, i);
            using var answer = await client.ChatAsync("Is there a slot?", "grok-4.20-fast-super");
            return answer.StatusCode;
        }));
        Assert.All(statuses, s => Assert.True(s is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, s.ToString()));
        return statuses.Count(s => s == HttpStatusCode.OK);
    }
}
