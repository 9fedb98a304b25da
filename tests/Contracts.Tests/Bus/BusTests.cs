using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.Telemetry;
using GrokForge.TestKit.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace GrokForge.Contracts.Tests.Bus;

public sealed class BusTests(RabbitMqServer broker) : IClassFixture<RabbitMqServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, InlineData(false), InlineData(true)]
    public async Task Events_arrive_with_the_id_of_the_request_that_published_them(bool rabbitMq)
    {
        await using var service = await BusUnderTest.StartAsync(await AddressAsync(rabbitMq), app => app.MapGet("/ping", (ServiceDefaults.Bus.EventPublisher publisher) => publisher.Publish(new Ping("hello"))));
        await service.UntilConnectedAsync();
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Http, "/ping")) { Headers = { { RequestId.Header, "who-did-it" } } };

        using var answer = await client.SendAsync(request, Token);

        Assert.Equal(("hello", "who-did-it"), await service.Heard().Pings.Reader.ReadAsync(Token));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Work_is_done(bool rabbitMq)
    {
        await using var service = await BusUnderTest.StartAsync(await AddressAsync(rabbitMq));
        await service.UntilConnectedAsync();
        var number = Random.Shared.Next();

        service.Publish(new Chore(number));

        while (await service.Heard().Chores.Reader.ReadAsync(Token) != number)
        {
            // A chore that an earlier test left in the durable queue.
        }
    }

    [Fact]
    public async Task A_broadcast_reaches_every_replica_and_work_exactly_one()
    {
        var address = await AddressAsync(rabbitMq: true);
        await using var first = await BusUnderTest.StartAsync(address);
        await using var second = await BusUnderTest.StartAsync(address);
        await first.UntilConnectedAsync();
        await second.UntilConnectedAsync();
        var start = Random.Shared.Next(1, 1 << 30) * 2;

        for (var i = 0; i < 20; i++)
            first.Publish(new Chore(start + i));
        first.Publish(new Ping("all"));

        Assert.Equal("all", (await first.Heard().Pings.Reader.ReadAsync(Token)).Text);
        Assert.Equal("all", (await second.Heard().Pings.Reader.ReadAsync(Token)).Text);
        var done = new List<int>();
        while (done.Count < 20)
        {
            while (first.Heard().Chores.Reader.TryRead(out var number) || second.Heard().Chores.Reader.TryRead(out number))
                done.Add(number);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Token);
        }
        Assert.Equal(Enumerable.Range(start, 20), done.Order());
    }

    [Fact]
    public async Task A_process_starts_and_publishes_while_the_broker_is_away_and_delivers_when_it_is_back()
    {
        await using var own = await RabbitMqServer.StartPrivateAsync(Token);
        await own.StopAsync(Token);

        await using var service = await BusUnderTest.StartAsync(own.ConnectionString);
        service.Publish(new Chore(1));
        var reasons = service.Services.GetRequiredService<ReadinessReasons>();
        var away = reasons.Read();
        await own.StartAsync(Token);

        Assert.Equal(ReadinessLevel.Degraded, away.Level);
        Assert.Equal("bus", Assert.Single(away.Entries).Name);
        Assert.Equal(1, await service.Heard().Chores.Reader.ReadAsync(Token).AsTask().WaitAsync(HeardWithin, Token));
        await service.UntilConnectedAsync();
        Assert.Equal(ReadinessLevel.Ready, reasons.Read().Level);
    }

    [Fact]
    public async Task A_process_stops_in_time_while_the_broker_is_away()
    {
        await using var own = await RabbitMqServer.StartPrivateAsync(Token);
        await using var service = await BusUnderTest.StartAsync(own.ConnectionString);
        await service.UntilConnectedAsync();
        await own.StopAsync(Token);
        service.Publish(new Ping("nobody hears this"));

        await service.StopAsync(Token).WaitAsync(TimeSpan.FromSeconds(60), Token);
    }

    [Fact]
    public async Task A_broker_that_comes_back_gets_the_queues_again()
    {
        await using var own = await RabbitMqServer.StartPrivateAsync(Token);
        await using var service = await BusUnderTest.StartAsync(own.ConnectionString);
        await service.UntilConnectedAsync();

        await own.StopAsync(Token);
        await own.StartAsync(Token);
        service.Publish(new Chore(2));
        Assert.Equal(2, await service.Heard().Chores.Reader.ReadAsync(Token).AsTask().WaitAsync(HeardWithin, Token));
        await service.UntilConnectedAsync();

        // A broadcast has no memory: one that is sent before the queue is bound again is heard by nobody.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(HeardWithin);
        while (!service.Heard().Pings.Reader.TryPeek(out _))
        {
            service.Publish(new Ping("back"));
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, limit.Token);
        }

        Assert.Equal("back", (await service.Heard().Pings.Reader.ReadAsync(Token)).Text);
    }

    private static readonly TimeSpan HeardWithin = TimeSpan.FromSeconds(90);

    private async Task<string?> AddressAsync(bool rabbitMq) => rabbitMq ? await broker.ConnectionStringAsync() : null;
}
