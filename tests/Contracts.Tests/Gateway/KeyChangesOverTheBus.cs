using GrokForge.Contracts.Keys;
using GrokForge.Gateway;
using GrokForge.Gateway.Keys;
using GrokForge.ServiceDefaults.Bus;
using GrokForge.TestKit;
using GrokForge.TestKit.Servers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace GrokForge.Contracts.Tests.Gateway;

/// <summary>Two gateways on one database and one broker: what one does to a key the other one knows.</summary>
public sealed class KeyChangesOverTheBus(PostgresServer postgres, RabbitMqServer rabbitMq) : IClassFixture<PostgresServer>, IClassFixture<RabbitMqServer>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_changed_on_one_gateway_is_changed_on_the_other_long_before_its_cache_ends()
    {
        var configuration = new Dictionary<string, string?>
        {
            ["ConnectionStrings:grokforge"] = await postgres.CreateDatabaseAsync(),
            ["ConnectionStrings:rabbitmq"] = await rabbitMq.ConnectionStringAsync(),
            ["GROKFORGE_MASTER_KEY"] = Convert.ToBase64String(new byte[32]),
        };
        await using var one = await StartAsync(configuration);
        await using var other = await StartAsync(configuration);
        await UntilHeardAsync(other);
        var keys = one.Services.GetRequiredService<IVirtualKeys>();
        var disabled = await keys.CreateAsync(new CreateKeyRequest { Name = "a" }, Cancel);
        var deleted = await keys.CreateAsync(new CreateKeyRequest { Name = "b" }, Cancel);
        Assert.Equal(0, await StatusAsync(other, disabled.Key));
        Assert.Equal(0, await StatusAsync(other, deleted.Key));

        await keys.UpdateAsync(new UpdateKeyRequest { Id = disabled.Id, Status = "inactive" }, Cancel);
        await keys.DeleteAsync(new KeyRef { Id = deleted.Id }, Cancel);

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        while (await StatusAsync(other, disabled.Key) != 401 || await StatusAsync(other, deleted.Key) != 401)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
    }

    /// <summary>Until then the cache lives too short to tell the event from its end.</summary>
    private static async Task UntilHeardAsync(ServiceUnderTest gateway)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (!gateway.Services.GetRequiredService<BusReach>().Everyone)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
    }

    private static Task<ServiceUnderTest> StartAsync(Dictionary<string, string?> configuration) =>
        ServiceUnderTest.StartAsync("gateway", configuration, b => b.AddGateway(), app => app.MapGateway().MapGatewayRpc(), rpc: true, Cancel);

    /// <summary>0: let in.</summary>
    private static async Task<int> StatusAsync(ServiceUnderTest gateway, string key)
    {
        var http = new DefaultHttpContext();
        http.Request.Headers["x-api-key"] = key;
        return (await gateway.Services.GetRequiredService<VirtualKeyFilter>().AdmitAsync(http))?.Status ?? 0;
    }
}
