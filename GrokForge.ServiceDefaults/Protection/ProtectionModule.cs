using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Stores;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GrokForge.ServiceDefaults.Protection;

/// <summary>Registers the key ring and what protects with it.</summary>
internal static class ProtectionModule
{
    public static void AddProtection(this WebApplicationBuilder builder, Database database, DataFolder folder)
    {
        var master = MasterKey.From(builder.Configuration[MasterKey.Variable]);
        if (master is null && database.Kind == DatabaseKind.Postgres)
            throw new StartRefusedException($"{MasterKey.Variable} is not set. With Postgres the keys of all secrets lie in the database, wrapped by it: set it to a long random text, the same for every service, and keep it safe.");

        builder.Services.AddSingleton(services =>
            new KeyRing(database, folder, master, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILoggerFactory>()));
        builder.Services.AddSingleton<RingProtector>();
        builder.Services.AddSingleton<SecretProtector>(services => services.GetRequiredService<RingProtector>());
        builder.Services.AddHostedService<PrepareRing>();

        // Cookies and forms of the panel use the same ring.
        new KeyRing(database, folder, master, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance).Configure(builder.Services);
    }

    /// <summary>Prepares the ring before anything else starts, after the stores.</summary>
    private sealed class PrepareRing(KeyRing ring) : IHostedLifecycleService
    {
        public Task StartingAsync(CancellationToken cancellationToken) => ring.PrepareAsync(cancellationToken);

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
