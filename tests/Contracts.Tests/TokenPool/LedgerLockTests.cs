using GrokForge.ServiceDefaults.Hosting;

namespace GrokForge.Contracts.Tests.TokenPool;

public sealed class LedgerLockTests
{
    [Fact]
    public async Task A_second_process_with_a_ledger_in_memory_refuses_to_start_and_names_the_remedy()
    {
        await using var backEnd = new SqliteBackEnd();
        await using var first = await PoolUnderTest.StartAsync(backEnd);

        var refusal = await Assert.ThrowsAsync<StartRefusedException>(() => PoolUnderTest.StartAsync(backEnd));

        Assert.Contains("Redis", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_next_process_may_start_when_the_first_has_ended()
    {
        await using var backEnd = new SqliteBackEnd();
        await using (await PoolUnderTest.StartAsync(backEnd))
        {
        }

        await using var second = await PoolUnderTest.StartAsync(backEnd);

        Assert.NotNull(second);
    }
}
