using GrokForge.ServiceDefaults.Bus;
using GrokForge.TestKit;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace GrokForge.Contracts.Tests.Bus;

/// <summary>Replicas of one service on a bus.</summary>
internal static class BusUnderTest
{
    public static Task<ServiceUnderTest> StartAsync(string? rabbitMq) => ServiceUnderTest.StartAsync(
        rabbitMq is null ? "allinone" : "gateway", new Dictionary<string, string?> { ["ConnectionStrings:rabbitmq"] = rabbitMq }, Add, _ => { }, rpc: false, TestContext.Current.CancellationToken);

    public static Task<ServiceUnderTest> StartAsync(string? rabbitMq, Action<WebApplication> map) => ServiceUnderTest.StartAsync(
        rabbitMq is null ? "allinone" : "gateway", new Dictionary<string, string?> { ["ConnectionStrings:rabbitmq"] = rabbitMq }, Add, map, rpc: false, TestContext.Current.CancellationToken);

    public static void Publish<T>(this ServiceUnderTest service, T message) where T : class => service.Services.GetRequiredService<EventPublisher>().Publish(message);

    public static Heard Heard(this ServiceUnderTest service) => service.Services.GetRequiredService<Heard>();

    /// <summary>Waits until the queues of a replica are bound: events published before are nobody's.</summary>
    public static async Task UntilConnectedAsync(this ServiceUnderTest service)
    {
        // Without a broker there is nothing to be bound.
        while (service.Services.GetService<IBusControl>() is { } bus && bus.CheckHealth().Status != BusHealthStatus.Healthy)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
    }

    private static void Add(WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Heard>();
        builder.AddBroadcastConsumer<PingConsumer, Ping>().AddWorkConsumer<ChoreConsumer, Chore>();
    }
}
