using GrokForge.ServiceDefaults.Hosting;

namespace GrokForge.Contracts.Tests.TokenPool;

public sealed class LedgerLockTests(PoolServers servers) : IClassFixture<PoolServers>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_second_process_with_a_ledger_in_memory_refuses_to_start_and_names_the_remedy(bool onPostgres)
    {
        await using var backEnd = await NewBackEndAsync(onPostgres);
        await using var first = await PoolUnderTest.StartAsync(backEnd);

        var refusal = await Assert.ThrowsAsync<StartRefusedException>(() => PoolUnderTest.StartAsync(backEnd));

        Assert.Contains("Redis", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_next_process_may_start_when_the_first_has_ended(bool onPostgres)
    {
        await using var backEnd = await NewBackEndAsync(onPostgres);
        await using (await PoolUnderTest.StartAsync(backEnd))
        {
        }

        await using var second = await PoolUnderTest.StartAsync(backEnd);

        Assert.NotNull(second);
    }

    private async Task<PoolBackEnd> NewBackEndAsync(bool onPostgres) => onPostgres ? await servers.NewBackEndInMemoryAsync() : new SqliteBackEnd();
}
