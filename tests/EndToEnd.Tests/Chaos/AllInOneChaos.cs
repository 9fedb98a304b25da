using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.EndToEnd.Tests.Scenarios;
using Microsoft.Data.Sqlite;

namespace GrokForge.EndToEnd.Tests.Chaos;

/// <summary>Tests that make faults have homes of their own, and the machine for themselves.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ChaosCollection
{
    public const string Name = "chaos";
}

/// <summary>One process on SQLite, killed and started again and again under load.</summary>
[Collection(ChaosCollection.Name)]
public sealed class AllInOneChaos(AllInOneHome home) : HomeScenarios(home), IClassFixture<AllInOneHome>
{
    private readonly AllInOneHome home = home;

    public override async ValueTask DisposeAsync()
    {
        ChaosAudit.KeepWordsOfFailed(home);
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Killed_again_and_again_it_is_off_by_at_most_the_last_second()
    {
        var plan = ChaosPlan.Read();
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
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1000, 5000)), TimeProvider.System, Cancelled);
            await KillAsync(faults);
        }

        var answered = load.Answered;
        await Until.TrueAsync(() => Task.FromResult(load.Answered > answered + 20), "it serves again");
        await load.StopAsync();
        await Until.TrueAsync(async () => await home.InflightAsync() == 0, "no lease is left");
        var audit = new ChaosAudit(home.Grok, load, faults, f => f.IsKill);
        string[] last = [.. load.Calls.Where(c => c.End == ChaosEnd.Answered && c.Begun > faults[^1].Healed).Select(c => c.RequestId)];
        await Until.TrueAsync(async () => !last.Except(await RowIdsAsync()).Any(), "usage is written");

        var spent = await tokens.SpentAsync();
        audit.CheckEnds((f, c) => f.Shadowed(c), (f, c) => f.Shadowed(c));
        audit.CheckUnits(spent);
        audit.CheckRows(await RowIdsAsync(), ChaosAudit.EndedJustBefore);
        audit.Conclude(plan, spent);
    }

    private async Task KillAsync(List<ChaosFault> faults)
    {
        var fault = new ChaosFault("killed", ["allinone"], TimeProvider.System.GetUtcNow());
        faults.Add(fault);
        await home.Process.KillAsync();
        fault.Struck = TimeProvider.System.GetUtcNow();
        await home.RestartAsync();
        fault.Healed = TimeProvider.System.GetUtcNow();
    }

    private async Task<IReadOnlyList<string>> RowIdsAsync()
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(home.DataFolder, "grokforge.db")};Mode=ReadOnly;Pooling=false");
        await connection.OpenAsync(Cancelled);
        await using var command = connection.CreateCommand();
        command.CommandText = "select request_id from gateway_usage";
        await using var reader = await command.ExecuteReaderAsync(Cancelled);
        List<string> ids = [];
        while (await reader.ReadAsync(Cancelled))
            ids.Add(reader.GetString(0));
        return ids;
    }
}
