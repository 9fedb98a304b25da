using GrokForge.Contracts.Events;
using GrokForge.Contracts.Tests.Bus;
using GrokForge.ServiceDefaults.Bus;
using GrokForge.TestKit;
using GrokForge.TokenPool.Tokens;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>Secrets that a process keeps, and the events of others.</summary>
public sealed class TokenChangeConsumerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_that_another_process_deleted_is_not_lent_from_the_cache()
    {
        await using var backEnd = new SqliteBackEnd();
        await using var pool = await PoolUnderTest.StartAsync(backEnd);
        var id = (await pool.ImportAsync())[0];
        var secrets = pool.Get<TokenSecrets>();
        await using (var store = await pool.StoreAsync())
            await store.Tokens.ExecuteDeleteAsync(Cancellation);
        Assert.NotNull(await secrets.FindAsync(id, Cancellation));
        await using var bus = await ServiceUnderTest.StartAsync("allinone", new Dictionary<string, string?>(), builder =>
        {
            builder.Services.AddSingleton(secrets);
            builder.AddBroadcastConsumer<TokenChangeConsumer, TokenStateChanged>();
        }, _ => { }, rpc: false, Cancellation);
        await bus.UntilConnectedAsync();

        bus.Publish(new TokenStateChanged([id]));

        while (await secrets.FindAsync(id, Cancellation) is not null)
            await Task.Delay(TimeSpan.FromMilliseconds(10), Cancellation);
    }
}
