using System.Globalization;
using GrokForge.EndToEnd.Tests.Scenarios;
using Npgsql;

namespace GrokForge.EndToEnd.Tests.Chaos;

/// <summary>Separate processes and their servers, killed, paused and started again under load, one or several at a time.</summary>
[Collection(ChaosCollection.Name)]
public sealed class DistributedChaos(ChaosDistributedHome home) : HomeScenarios(home), IClassFixture<ChaosDistributedHome>
{
    private static readonly string[] Services = ["tokenpool", "upstream", "gateway"];
    private static readonly string[] Servers = ["redis", "postgres", "rabbitmq"];
    private static readonly string[] Everyone = [.. Services.SelectMany(s => (string[])[$"{s}-0", $"{s}-1"]), .. Servers];

    private readonly ChaosDistributedHome home = home;

    public override ValueTask InitializeAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells which processes a server has started, for all of them to be paused.");
        return base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        ChaosAudit.KeepWordsOfFailed(home);
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Whatever_is_killed_or_paused_every_spent_unit_was_served_or_was_in_the_air()
    {
        var plan = ChaosPlan.Read();
        TestContext.Current.TestOutputHelper?.WriteLine($"{plan}");
        var random = new Random(plan.Seed);
        await home.PutConfigAsync(new { token = new { refresh_concurrency = 0 } });
        home.Grok.Quota.Enforced = false;
        var tokens = await ChaosTokens.ImportAsync(home, 40);
        var key = (await home.CreateKeyAsync()).Key;
        await home.WarmAsync(key);
        var load = new ChaosLoad(home, key, plan.Seed, clients: 12);
        List<ChaosFault> faults = [];
        load.Start();
        var began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) < plan.Length)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1200, 3500)), TimeProvider.System, Cancelled);
            await MakeFaultAsync(random, faults);
        }

        var answered = load.Answered;
        await Until.TrueAsync(() => Task.FromResult(load.Answered > answered + 20), "it serves again");
        await load.StopAsync();

        // Leases of the dead end by expiry alone.
        await home.MoveLedgerTimeAsync(TimeSpan.FromSeconds(61));
        await Until.TrueAsync(async () => await home.InflightAsync() == 0, "what was lent to the dead has expired");
        string[] last = [.. load.Calls.Where(c => c.End == ChaosEnd.Answered && c.Begun > faults[^1].Healed).Select(c => c.RequestId)];
        await Until.TrueAsync(async () => !last.Except(await RowIdsAsync()).Any(), "usage is written");

        var audit = new ChaosAudit(home.Grok, load, faults, f => f.Hit("redis") && f.Hit("tokenpool"));
        var spent = await tokens.SpentAsync();
        audit.CheckEnds((f, c) => f.IsKill && f.Shadowed(c) && f.Hit(string.Create(CultureInfo.InvariantCulture, $"gateway-{c.Gateway}")), (f, c) => (f.IsOnTheWay && f.Shadowed(c)) || f.LeavesUnreached(c));
        audit.CheckUnits(spent);
        audit.CheckRows(await RowIdsAsync(), (f, c) => f.IsKill && f.Hit(string.Create(CultureInfo.InvariantCulture, $"gateway-{c.Gateway}")) && ChaosAudit.EndedJustBefore(f, c));
        audit.Conclude(plan, spent);
    }

    private static string[] Drawn(Random random, IEnumerable<string> from, int count)
    {
        string[] all = [.. from];
        random.Shuffle(all);
        return all[..count];
    }

    /// <summary>Who is hit: one, both replicas of a service, two that have nothing to do with each other, or those two whose common end loses the most.</summary>
    private static string[] Victims(Random random) => random.Next(10) switch
    {
        0 => ["redis", random.Next(2) == 0 ? "tokenpool-0" : "tokenpool-1"],
        1 => Drawn(random, Services, 1) is [var service] ? [$"{service}-0", $"{service}-1"] : [],
        2 or 3 => Drawn(random, Everyone, 2),
        4 or 5 => Drawn(random, Servers, 1),
        _ => Drawn(random, Everyone, 1),
    };

    private async Task MakeFaultAsync(Random random, List<ChaosFault> faults)
    {
        var victims = Victims(random);
        var isKill = random.Next(3) > 0;
        var length = TimeSpan.FromMilliseconds(random.Next(300, 5000));
        var fault = new ChaosFault(isKill ? "killed" : "paused", victims, TimeProvider.System.GetUtcNow());
        faults.Add(fault);
        TestContext.Current.TestOutputHelper?.WriteLine($"{fault.Began:HH:mm:ss.fff} {fault.Deed} {string.Join(" and ", victims)}");
        if (isKill)
        {
            await Task.WhenAll(victims.Select(home.KillAsync));
            fault.Struck = TimeProvider.System.GetUtcNow();
            await Task.Delay(length, TimeProvider.System, Cancelled);
            await Task.WhenAll(victims.Select(home.StartAgainAsync));
        }
        else
        {
            var paused = await Task.WhenAll(victims.Select(home.PauseAsync));
            await Task.Delay(length, TimeProvider.System, CancellationToken.None);
            await Task.WhenAll(paused.Select(p => p.DisposeAsync().AsTask()));
            fault.Struck = TimeProvider.System.GetUtcNow();
        }

        foreach (var ended in home.Ended())
            Assert.Fail($"{ended.Name} ended by itself after {fault}:\n{ended.Output}");
        await home.EnsureRunningAsync();
        fault.Healed = TimeProvider.System.GetUtcNow();
        TestContext.Current.TestOutputHelper?.WriteLine($"{fault}");
    }

    private async Task<IReadOnlyList<string>> RowIdsAsync()
    {
        await using var connection = new NpgsqlConnection(home.DatabaseConnectionString + ";Pooling=false");
        await connection.OpenAsync(Cancelled);
        await using var command = new NpgsqlCommand("select request_id from gateway.usage", connection);
        await using var reader = await command.ExecuteReaderAsync(Cancelled);
        List<string> ids = [];
        while (await reader.ReadAsync(Cancelled))
            ids.Add(reader.GetString(0));
        return ids;
    }
}
