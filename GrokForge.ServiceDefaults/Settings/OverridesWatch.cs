using GrokForge.ServiceDefaults.Health;
using Microsoft.Extensions.Hosting;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Looks at the version of the saved overrides: at start, every second until they are in force, then every five.</summary>
internal sealed class OverridesWatch(OverridesLoader loader, SavedOverrides saved, ReadinessReasons readiness, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan UntilRead = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        readiness.Add("settings", () => saved.OverridesRead ? Readiness.Ready : Readiness.NotReady("the saved settings have not been read yet"));
        if (loader.Ignoring)
            saved.BecomeReady();

        using var patience = new CancellationTokenSource(FirstPatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await loader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // A database that does not answer must not hold up the start; the loop goes on asking.
        }

        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(saved.OverridesRead ? Period : UntilRead, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await loader.ReadAsync(stoppingToken);
            timer.Period = saved.OverridesRead ? Period : UntilRead;
        }
    }
}
